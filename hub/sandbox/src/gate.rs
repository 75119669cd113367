//! Looks at a component's imports before anything is compiled, and refuses all but the contract.

use wasmparser::{Encoding, Parser, Payload};

use crate::LoadError;

const CONTRACT: &str = "caravan:connector/";

/// Refuses `wasm` when it is too large, not a component, or imports anything but the contract's first major version.
pub(crate) fn check(wasm: &[u8], size_max: usize) -> Result<(), LoadError> {
    if wasm.len() > size_max {
        return Err(LoadError::TooLarge { size: wasm.len(), max: size_max });
    }
    let mut depth = 0_usize;
    let mut seen_component = false;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|source| LoadError::NotAComponent { source })? {
            Payload::Version { encoding: Encoding::Module, .. } if !seen_component => {
                return Err(LoadError::CoreModule);
            }
            Payload::Version { .. } if !seen_component => seen_component = true,
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                depth = depth.saturating_add(1)
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    let import = import.map_err(|source| LoadError::NotAComponent { source })?;
                    allowed(import.name.name)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn allowed(import: &str) -> Result<(), LoadError> {
    let refuse = |hint: &str| {
        Err(LoadError::ForbiddenImport { import: import.to_owned(), hint: hint.to_owned() })
    };
    if import.starts_with("wasi:") {
        return refuse(
            "it was built with WASI; build for `wasm32-unknown-unknown` and wrap with wit-component, and ask the host through \
             `caravan:connector` instead of the standard library's files, clocks, sockets and environment",
        );
    }
    let Some(rest) = import.strip_prefix(CONTRACT) else {
        return refuse("a connector may import only `caravan:connector/*@1.x`");
    };
    match rest.split_once('@') {
        Some((_, version)) if version == "1" || version.starts_with("1.") => Ok(()),
        Some(_) => refuse(
            "this host speaks version 1.x of the contract; build against connector-sdk/wit/since-v1.0.0",
        ),
        None => refuse(
            "the contract's version is missing; build against connector-sdk/wit/since-v1.0.0",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(import: &str) -> String {
        allowed(import).unwrap_err().to_string()
    }

    #[test]
    fn only_the_first_major_version_of_the_contract_passes() {
        allowed("caravan:connector/http@1.0.0").unwrap();
        allowed("caravan:connector/http@1.7.2").unwrap();
        assert!(refusal("caravan:connector/http@2.0.0").contains("version 1.x"));
        assert!(refusal("caravan:connector/http@10.0.0").contains("version 1.x"));
        assert!(refusal("caravan:connector/http").contains("version is missing"));
        assert!(
            refusal("caravan:connectors/http@1.0.0").contains("only `caravan:connector/*@1.x`")
        );
    }

    #[test]
    fn wasi_gets_its_own_hint() {
        let text = refusal("wasi:clocks/wall-clock@0.2.3");
        assert!(
            text.contains("wasi:clocks/wall-clock@0.2.3")
                && text.contains("wasm32-unknown-unknown"),
            "{text}"
        );
    }
}
