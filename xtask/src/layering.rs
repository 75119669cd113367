//! Which folder may depend on which: the design's picture as a table, and the snapshot of what is.

use std::fmt::Write as _;

use crate::tree::Package;

/// For each part, the parts that it may depend on. What is not listed is forbidden.
const ALLOWED: &[(&str, &[&str])] = &[
    ("foundation/model", &[]),
    ("foundation/fault", &[]),
    ("foundation/cluster", &[]),
    ("foundation/telemetry", &["foundation/model"]),
    ("foundation/tenancy", &["foundation/model"]),
    ("foundation/events", &["foundation/model"]),
    (
        "foundation/event-log",
        &["foundation/model", "foundation/events", "foundation/telemetry", "foundation/tenancy"],
    ),
    ("foundation/net", &["foundation/fault"]),
    ("foundation/audit", &["foundation/model", "foundation/tenancy"]),
    ("foundation/vault", &["foundation/model"]),
    ("foundation/visibility", &["foundation/events", "foundation/tenancy"]),
    ("foundation/web", &["foundation/model", "foundation/fault", "foundation/tenancy"]),
    // Mapping is a pure function of bytes and profile: it knows the model and nothing else of ours.
    ("mappings", &["foundation/model"]),
    ("connector-sdk/template", &["connector-sdk/rust"]),
    ("connector-sdk", &["foundation/model"]),
    // A connector and the hub meet in connector-sdk/wit and the manifest only.
    ("connectors/bundle", &[]),
    ("connectors", &["connector-sdk/rust", "mappings", "foundation/model"]),
    ("hub", &["hub", "foundation", "connector-sdk/manifest"]),
    // Services talk by events: none depends on another, or on the hub. A format they may read themselves: it is pure.
    ("core-services", &["foundation", "mappings"]),
    ("gateway", &["foundation"]),
    ("fixtures", &["foundation"]),
    (
        "cli",
        &[
            "foundation",
            "hub",
            "core-services",
            "gateway",
            "connectors/bundle",
            "connector-sdk/manifest",
            "fixtures",
        ],
    ),
    ("e2e", &["foundation", "fixtures"]),
    (
        "bench",
        &[
            "foundation",
            "mappings",
            "hub",
            "core-services",
            "gateway",
            "connectors",
            "connector-sdk",
            "fixtures",
        ],
    ),
    ("xtask", &[]),
];

/// Every edge that the table does not allow.
pub(crate) fn forbidden(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages {
        let Some((_, allowed)) = ALLOWED.iter().find(|(part, _)| within(&package.folder, part))
        else {
            found.push(format!(
                "{}: no row in xtask/src/layering.rs says what it may depend on",
                package.folder
            ));
            continue;
        };
        for target in &package.depends_on {
            if !allowed.iter().any(|part| within(target, part)) {
                found.push(format!(
                    "{} depends on {target}, which the layering forbids\nhint: see the row in xtask/src/layering.rs and docs/architecture.md",
                    package.folder
                ));
            }
        }
    }
    found
}

fn within(folder: &str, part: &str) -> bool {
    folder == part || folder.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'))
}

/// The snapshot for `docs/architecture/dependencies.md`.
pub(crate) fn snapshot(packages: &[Package]) -> String {
    let mut text = String::from(
        "# Who depends on whom\n\nWritten by `cargo xtask tidy --write`; checked by `cargo xtask tidy`.\nTest-only dependencies are left out.\n\n",
    );
    for package in packages {
        let list = if package.depends_on.is_empty() {
            "nothing of ours".to_owned()
        } else {
            package.depends_on.join(", ")
        };
        if writeln!(text, "- `{}`: {list}", package.folder).is_err() {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &str, depends_on: &[&str]) -> Package {
        Package {
            folder: folder.into(),
            depends_on: depends_on.iter().map(|d| (*d).into()).collect(),
        }
    }

    #[test]
    fn a_service_that_calls_the_hub_is_refused() {
        let found = forbidden(&[package("core-services/tracking", &["hub/intake"])]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_connector_that_reaches_into_the_hub_is_refused() {
        assert_eq!(forbidden(&[package("connectors/carriers/dhl", &["hub/sandbox"])]).len(), 1);
        assert_eq!(forbidden(&[package("hub/intake", &["connectors/bundle"])]).len(), 1);
    }

    #[test]
    fn the_walk_is_allowed() {
        assert_eq!(
            forbidden(&[package("hub/intake", &["foundation/event-log", "hub/sandbox"])]),
            Vec::<String>::new()
        );
    }
}
