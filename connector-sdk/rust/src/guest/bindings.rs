//! What wit-bindgen generates: a module for each world.
//!
//! Each exported interface has its own world, so that a component exports what it registered and nothing else;
//! `caravan:connector/types` is generated once, in [`base`], and the other worlds refer to it.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    dead_code,
    clippy::all,
    clippy::restriction,
    reason = "generated"
)]

/// What every component imports, and `meta`.
pub mod base {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "base",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::base",
    });
}

/// World `with-tracking`.
pub mod tracking {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-tracking",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::tracking",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
        },
    });
}

/// World `with-files`.
pub mod files {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-files",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::files",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
            "caravan:connector/blobs@1.0.0": crate::guest::base::caravan::connector::blobs,
        },
    });
}

/// World `with-webhooks`.
pub mod webhooks {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-webhooks",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::webhooks",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
        },
    });
}

/// World `with-documents`.
pub mod documents {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-documents",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::documents",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
        },
    });
}

/// World `with-orders`.
pub mod orders {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-orders",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::orders",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
        },
    });
}

/// World `with-invoices`.
pub mod invoices {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-invoices",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::invoices",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
        },
    });
}

/// World `with-tenders`.
pub mod tenders {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-tenders",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::tenders",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
        },
    });
}

/// World `with-settlements`.
pub mod settlements {
    wit_bindgen::generate!({
        path: "../wit/since-v1.0.0",
        world: "with-settlements",
        pub_export_macro: true,
        default_bindings_module: "caravan_connector_sdk::guest::settlements",
        with: {
            "caravan:connector/types@1.0.0": crate::guest::base::caravan::connector::types,
        },
    });
}
