//! Test guests: core modules in WebAssembly text, wrapped with the real contract the way connectors are.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../connector-sdk/wit/since-v1.0.0");

/// Wraps a core module as a component that speaks the contract and exports `operations` (names of worlds).
fn wrap(operations: &[&str], core: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_dir(CONTRACT).unwrap();
    let includes: String =
        operations.iter().map(|name| format!("include caravan:connector/{name}@1.0.0;")).collect();
    let world = format!(
        "package caravan:guest@1.0.0; world guest {{ include caravan:connector/base@1.0.0; {includes} }}"
    );
    let package = resolve.push_str("guest.wit", &world).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_str(core).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

/// A guest with a `track` operation whose body is `body` (it leaves the address of the result list on the stack); `items` come before.
///
/// Memory: descriptor at 1024, text "guest" at 2048, an HTTP request (all empty) at 4096, return areas at 8192 and 12288,
/// one result element at 16384.
pub(crate) fn tracker(imports: &str, items: &str, body: &str) -> Vec<u8> {
    let core = format!(
        r#"(module
            {imports}
            (memory (export "memory") 2)
            (data (i32.const 1024) "\00\08\00\00\05\00\00\00")
            (data (i32.const 2048) "guest")
            (global $heap (mut i32) (i32.const 65536))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
                (global.set $heap (i32.add (local.get $at) (local.get 3)))
                (if (i32.gt_u (global.get $heap) (i32.const 131072)) (then (global.set $heap (i32.const 65536))))
                (local.get $at))
            (func (export "caravan:connector/meta@1.0.0#describe") (result i32) (i32.const 1024))
            {items}
            (func $track (export "caravan:connector/tracking@1.0.0#track")
                (param i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32 i32) (result i32)
                {body}))"#
    );
    wrap(&["with-tracking"], &core)
}

/// Writes a list of one element, at 16384, to 8192 and leaves its address.
const ONE_ELEMENT: &str = "
    (i32.store (i32.const 8192) (i32.const 16384))
    (i32.store (i32.const 8196) (i32.const 1))
    (i32.const 8192)";

/// Counts its calls in a global and answers `rate-limited(count)`: a fresh instance always says 1.
pub(crate) fn counter() -> Vec<u8> {
    tracker(
        "",
        "(global $calls (mut i64) (i64.const 0))",
        &format!(
            "(global.set $calls (i64.add (global.get $calls) (i64.const 1)))
             (i32.store8 (i32.const 16384) (i32.const 1))
             (i32.store8 (i32.const 16392) (i32.const 1))
             (i32.store8 (i32.const 16400) (i32.const 1))
             (i64.store (i32.const 16408) (global.get $calls))
             {ONE_ELEMENT}"
        ),
    )
}

/// Never ends.
pub(crate) fn endless() -> Vec<u8> {
    tracker("", "", "(loop $again (br $again)) unreachable")
}

/// Takes memory until it is refused.
pub(crate) fn glutton() -> Vec<u8> {
    tracker("", "", "(loop $again (drop (memory.grow (i32.const 16))) (br $again)) unreachable")
}

/// Calls itself without end.
pub(crate) fn recursive() -> Vec<u8> {
    tracker(
        "",
        "(func $deeper (param i64) (result i64) (i64.add (call $deeper (local.get 0)) (i64.const 1)))",
        "(drop (call $deeper (i64.const 1))) (i32.const 8192)",
    )
}

/// Has a bug.
pub(crate) fn buggy() -> Vec<u8> {
    tracker("", "(func $named_function unreachable)", "(call $named_function) (i32.const 8192)")
}

/// Logs without end.
pub(crate) fn chatty() -> Vec<u8> {
    tracker(
        r#"(import "caravan:connector/log@1.0.0" "emit" (func $emit (param i32 i32 i32 i32 i32)))"#,
        "",
        "(loop $again
            (call $emit (i32.const 1) (i32.const 2048) (i32.const 5) (i32.const 0) (i32.const 0))
            (br $again))
         unreachable",
    )
}

const HTTP: &str = r#"(import "caravan:connector/http@1.0.0" "send" (func $send (param i32 i32)))"#;

/// Calls out without end.
pub(crate) fn flooder() -> Vec<u8> {
    tracker(
        HTTP,
        "",
        "(loop $again (call $send (i32.const 4096) (i32.const 12288)) (br $again)) unreachable",
    )
}

/// Calls out once and answers `denied` with the text of the refusal.
pub(crate) fn trespasser() -> Vec<u8> {
    tracker(
        HTTP,
        "",
        &format!(
            "(call $send (i32.const 4096) (i32.const 12288))
             (i32.store8 (i32.const 16384) (i32.const 1))
             (i32.store8 (i32.const 16392) (i32.const 7))
             (i32.store (i32.const 16400) (i32.load (i32.const 12304)))
             (i32.store (i32.const 16404) (i32.load (i32.const 12308)))
             {ONE_ELEMENT}"
        ),
    )
}

/// Calls out once and answers that there is nothing to tell, whatever came of it.
pub(crate) fn shrugger() -> Vec<u8> {
    tracker(HTTP, "", &format!("(call $send (i32.const 4096) (i32.const 12288)) {ONE_ELEMENT}"))
}

/// Calls out once and answers that it was too often, whatever came of it.
pub(crate) fn excuser() -> Vec<u8> {
    tracker(
        HTTP,
        "",
        &format!(
            "(call $send (i32.const 4096) (i32.const 12288))
             (i32.store8 (i32.const 16384) (i32.const 1))
             (i32.store8 (i32.const 16392) (i32.const 1))
             {ONE_ELEMENT}"
        ),
    )
}

/// Answers 150,000 empty results: few bytes in the guest, many in the host.
pub(crate) fn verbose() -> Vec<u8> {
    tracker(
        "",
        "",
        "(drop (memory.grow (i32.const 140)))
         (i32.store (i32.const 8192) (i32.const 131072))
         (i32.store (i32.const 8196) (i32.const 150000))
         (i32.const 8192)",
    )
}

/// Answers a list that lies outside its memory.
pub(crate) fn liar() -> Vec<u8> {
    tracker(
        "",
        "",
        "(i32.store (i32.const 8192) (i32.const -16)) (i32.store (i32.const 8196) (i32.const 9)) (i32.const 8192)",
    )
}

/// Cannot even say who it is.
pub(crate) fn nameless() -> Vec<u8> {
    wrap(
        &[],
        r#"(module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "caravan:connector/meta@1.0.0#describe") (result i32) unreachable))"#,
    )
}

/// Reads a document four bytes a portion and is done at its end; `at_third` runs at the third portion.
pub(crate) fn reader(at_third: &str) -> Vec<u8> {
    let core = format!(
        r#"(module
            (import "caravan:connector/blobs@1.0.0" "[method]blob.read" (func $read (param i32 i64 i32 i32)))
            (import "[export]caravan:connector/files@1.0.0" "[resource-new]reader" (func $new (param i32) (result i32)))
            (memory (export "memory") 2)
            (global $heap (mut i32) (i32.const 65536))
            (global $blob (mut i32) (i32.const 0))
            (global $portion (mut i64) (i64.const 0))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
                (global.set $heap (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
            (func (export "caravan:connector/meta@1.0.0#describe") (result i32) (i32.const 1024))
            (func (export "caravan:connector/files@1.0.0#open")
                (param i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
                (global.set $blob (local.get 10))
                (i32.store (i32.const 8200) (call $new (i32.const 7)))
                (i32.const 8192))
            (func (export "caravan:connector/files@1.0.0#[method]reader.next") (param i32) (result i32)
                (if (i64.eq (global.get $portion) (i64.const 2)) (then {at_third}))
                (call $read (global.get $blob) (i64.mul (global.get $portion) (i64.const 4)) (i32.const 4) (i32.const 12288))
                (global.set $portion (i64.add (global.get $portion) (i64.const 1)))
                (i32.store8 (i32.const 16416) (i32.lt_u (i32.load (i32.const 12292)) (i32.const 4)))
                (i32.const 16384))
            (func (export "caravan:connector/files@1.0.0#[dtor]reader") (param i32)))"#
    );
    wrap(&["with-files"], &core)
}
