//! The contract as Rust types, generated from connector-sdk/wit; only `wire.rs`, `host.rs` and the callers look in here.
//!
//! All operations sit in one world, so that the value types exist once; which of them a component has is found out per interface.

wasmtime::component::bindgen!({
    path: "../../connector-sdk/wit/since-v1.0.0",
    inline: "
        package caravan:host@1.0.0;
        world everything {
            include caravan:connector/base@1.0.0;
            include caravan:connector/with-tracking@1.0.0;
            include caravan:connector/with-files@1.0.0;
            include caravan:connector/with-webhooks@1.0.0;
            include caravan:connector/with-documents@1.0.0;
            include caravan:connector/with-orders@1.0.0;
            include caravan:connector/with-invoices@1.0.0;
            include caravan:connector/with-tenders@1.0.0;
            include caravan:connector/with-settlements@1.0.0;
        }
    ",
    world: "caravan:host/everything",
    imports: {
        "caravan:connector/http": async | trappable,
        "caravan:connector/state": async | trappable,
        "caravan:connector/crypto.hmac-verify": async | trappable,
        "caravan:connector/crypto.hmac-sign": async | trappable,
        "caravan:connector/crypto.secret-equals": async | trappable,
        "caravan:connector/blobs.[method]blob.read": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "caravan:connector/blobs.blob": crate::host::OpenBlob,
    },
});
