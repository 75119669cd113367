//! What is refused before it runs, and what is kept compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use caravan_hub_sandbox::{Config, LoadError, Sandbox, testing};

use crate::guests;
use crate::support::{config, load, query, sandbox};

fn refused(wasm: &[u8]) -> LoadError {
    sandbox().load(wasm).unwrap_err()
}

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

#[test]
fn a_wasi_import_is_refused_with_the_way_out() {
    let wasm = text(
        r#"(component (import "wasi:clocks/wall-clock@0.2.3" (instance (export "now" (func)))))"#,
    );
    let error = refused(&wasm);
    assert!(
        matches!(&error, LoadError::ForbiddenImport { import, .. } if import == "wasi:clocks/wall-clock@0.2.3")
    );
    assert!(error.to_string().contains("wasm32-unknown-unknown"), "{error}");
}

#[test]
fn any_other_import_is_refused_by_name() {
    let error = refused(&text(r#"(component (import "acme:secrets/vault@1.0.0" (instance)))"#));
    assert!(error.to_string().contains("acme:secrets/vault@1.0.0"), "{error}");
    let error = refused(&text(r#"(component (import "caravan:connector/http@2.0.0" (instance)))"#));
    assert!(error.to_string().contains("version 1.x"), "{error}");
}

#[test]
fn an_import_that_the_contract_does_not_have_is_named() {
    let wasm = text(
        r#"(component (import "caravan:connector/http@1.0.0" (instance (export "teleport" (func)))))"#,
    );
    let error = refused(&wasm);
    assert!(matches!(error, LoadError::Contract { .. }), "{error}");
    assert!(
        caravan_fault::error_chain(&error).contains("teleport"),
        "{}",
        caravan_fault::error_chain(&error)
    );
}

#[test]
fn what_is_no_component_is_refused_as_what_it_is() {
    assert!(matches!(refused(b"PK\x03\x04 not wasm"), LoadError::NotAComponent { .. }));
    assert!(matches!(refused(&text("(module)")), LoadError::CoreModule));
    assert!(matches!(refused(&text("(component)")), LoadError::NoMeta));
    let whole = guests::counter();
    let cut = whole.get(..whole.len() / 2).unwrap();
    assert!(matches!(refused(cut), LoadError::NotAComponent { .. }));
    assert!(matches!(refused(&guests::nameless()), LoadError::Describe { .. }));
}

#[test]
fn a_component_over_the_cap_is_refused_unread() {
    let sandbox = Sandbox::new(Config { component_bytes_max: 100, ..config() }).unwrap();
    assert!(matches!(sandbox.load(&[0; 101]), Err(LoadError::TooLarge { size: 101, max: 100 })));
}

fn compiled(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_compiled_component_is_kept_found_and_replaced_when_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let cached = || {
        Sandbox::new(Config { cache_dir: Some(dir.path().join("compiled")), ..config() }).unwrap()
    };
    let wasm = guests::counter();
    load(&cached(), &wasm);
    let files = compiled(&dir.path().join("compiled"));
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let whole = fs::read(file).unwrap();

    // Found: the file is not written again.
    let before = fs::metadata(file).unwrap().modified().unwrap();
    load(&cached(), &wasm);
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), before);

    // Damaged anywhere: compiled again, and whole again on the disk.
    for at in [0, 40, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        *damaged.get_mut(at).unwrap() ^= 1;
        fs::write(file, &damaged).unwrap();
        let connector = load(&cached(), &wasm);
        connector.track(testing::call(caravan_hub_sandbox::Class::S), query()).await.unwrap();
        assert_eq!(fs::read(file).unwrap().len(), whole.len());
        assert_ne!(fs::read(file).unwrap(), damaged);
    }
    fs::write(file, b"short").unwrap();
    load(&cached(), &wasm);
    assert_ne!(fs::read(file).unwrap(), b"short");
}

#[test]
fn what_was_not_written_for_long_is_forgotten_when_something_new_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let written = |name: &str, days: u64| {
        let file = fs::File::create(dir.path().join(name)).unwrap();
        let age = Duration::from_secs(days * 24 * 3600);
        file.set_modified(SystemTime::now().checked_sub(age).unwrap()).unwrap();
    };
    written("old.cwasm", 31);
    written("young.cwasm", 29);
    let cache_dir = Some(dir.path().to_owned());
    load(&Sandbox::new(Config { cache_dir, ..config() }).unwrap(), &guests::counter());
    let left = compiled(dir.path());
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&dir.path().join("young.cwasm")));
}

#[cfg(unix)]
#[test]
fn a_folder_of_another_user_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    // Only root can make one; elsewhere what root has made stands for it.
    let theirs = match std::os::unix::fs::chown(dir.path(), Some(65_534), None) {
        Ok(()) => dir.path().to_owned(),
        Err(_) => PathBuf::from("/usr"),
    };
    let refused = Sandbox::new(Config { cache_dir: Some(theirs), ..config() });
    assert!(matches!(refused, Err(caravan_hub_sandbox::Error::Cache { .. })));
}

#[cfg(unix)]
#[test]
fn the_compiled_components_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("compiled");
    let sandbox = Sandbox::new(Config { cache_dir: Some(folder.clone()), ..config() }).unwrap();
    load(&sandbox, &guests::counter());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(compiled(&folder).iter().map(|path| mode(path)).collect::<Vec<_>>(), [0o600]);
}
