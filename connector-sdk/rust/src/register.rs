//! `register!`: says which operations a connector has, and for WASM exports them.

/// Names the connector and its operations.
///
/// Natively it defines `descriptor()` and checks that each type has its trait; for WASM it also exports the component.
/// `allocator: bump` gives memory back only with the instance: right for calls that are short (classes S and M),
/// wrong for files, whose readers live long; `allocator: pool` is for those. Without either, Rust's own stays.
///
/// ```
/// use caravan_connector_sdk::{Context, Failure, Host, Tracking, model::{Batch, Reference}};
///
/// struct Nowhere;
///
/// impl Tracking for Nowhere {
///     fn track(_: &dyn Host, _: &Context, queries: &[Reference]) -> Vec<Result<Batch, Failure>> {
///         queries.iter().map(|query| Err(Failure::NotFound(query.value.clone()))).collect()
///     }
/// }
///
/// caravan_connector_sdk::register! {
///     meta: { id: "nowhere", title: "A carrier that lost everything", messages: ["nowhere/tracking"] },
///     tracking: Nowhere,
///     allocator: bump,
/// }
///
/// # fn main() {
/// assert_eq!(descriptor().id, "nowhere");
/// # }
/// ```
#[macro_export]
macro_rules! register {
    (meta: { id: $id:expr, title: $title:expr, messages: [$($message:expr),* $(,)?] $(,)? }, $($operations:tt)*) => {
        /// Who this connector is.
        #[must_use]
        pub fn descriptor() -> $crate::Descriptor {
            $crate::Descriptor {
                id: ($id).into(),
                version: env!("CARGO_PKG_VERSION").into(),
                title: ($title).into(),
                messages: vec![$(($message).into()),*],
            }
        }

        $crate::__register_meta!(descriptor);
        $crate::register!(@operations $($operations)*);
    };
    (@operations) => {};
    (@operations tracking: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Tracking>() {} has::<$type>() };
        $crate::__register_operation!(tracking, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations files: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Files>() {} has::<$type>() };
        $crate::__register_operation!(files, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations webhooks: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Webhooks>() {} has::<$type>() };
        $crate::__register_operation!(webhooks, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations documents: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Documents>() {} has::<$type>() };
        $crate::__register_operation!(documents, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations orders: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Orders>() {} has::<$type>() };
        $crate::__register_operation!(orders, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations invoices: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Invoices>() {} has::<$type>() };
        $crate::__register_operation!(invoices, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations tenders: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Tenders>() {} has::<$type>() };
        $crate::__register_operation!(tenders, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations settlements: $type:ty $(, $($rest:tt)*)?) => {
        const _: fn() = || { fn has<T: $crate::Settlements>() {} has::<$type>() };
        $crate::__register_operation!(settlements, $type);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations allocator: bump $(, $($rest:tt)*)?) => {
        $crate::__register_allocator!(Bump);
        $crate::register!(@operations $($($rest)*)?);
    };
    (@operations allocator: pool $(, $($rest:tt)*)?) => {
        $crate::__register_allocator!(Pool);
        $crate::register!(@operations $($($rest)*)?);
    };
}

/// Natively nothing is exported.
#[cfg(not(target_arch = "wasm32"))]
mod native {
    /// Natively there is no component to describe.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_meta {
        ($descriptor:ident) => {};
    }

    /// Natively there is no component to export from.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_operation {
        ($operation:ident, $type:ty) => {};
    }

    /// Natively the system's allocator stays.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_allocator {
        ($allocator:ident) => {};
    }
}

/// For WASM each operation is exported through its own world, in a module of its own.
#[cfg(target_arch = "wasm32")]
mod component {
    /// Exports `meta`.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_meta {
        ($descriptor:ident) => {
            #[allow(unsafe_code, reason = "the canonical ABI's exports")]
            mod __caravan_meta {
                use $crate::guest::base as world;
                struct Export;
                impl world::exports::caravan::connector::meta::Guest for Export {
                    fn describe() -> world::exports::caravan::connector::meta::Descriptor {
                        $crate::guest::descriptor(super::$descriptor())
                    }
                }
                world::export!(Export with_types_in $crate::guest::base);
            }
        };
    }

    /// Exports one operation.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_operation {
        ($operation:ident, $type:ty) => {
            #[allow(unsafe_code, reason = "the canonical ABI's exports")]
            const _: () = {
                type Export = $crate::guest::Adapter<$type>;
    $crate::guest::$operation::export!(Export with_types_in $crate::guest::$operation);
            };
        };
    }

    /// One of the allocators of `guest`.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_allocator {
        ($allocator:ident) => {
            #[global_allocator]
            static __CARAVAN_ALLOCATOR: $crate::guest::$allocator =
                $crate::guest::$allocator::new();
        };
    }
}
