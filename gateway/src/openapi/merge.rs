//! One document of many: each upstream describes its routes, of which those count that lead to it.

use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Server};

use crate::upstream::{Upstream, leads_to};

/// What the document says of itself.
const DESCRIPTION: &str = "An open freight integration hub. Every path needs an API key (`Authorization: Bearer crv_live_…`) or a \
    session. Problems are RFC 9457 with a stable `code`; each code has a page at its `type`. What many paths may answer is under \
    `components/responses`; where a path describes a status itself, its codes come beside those. Enumerations grow: clients pass \
    over values that they do not know.";

/// Two upstreams use one name for two schemas.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema {name} is described twice, differently; one of them needs another name")]
pub struct Clash {
    /// The name.
    pub name: String,
}

/// The document of everything behind the gateway.
///
/// # Errors
/// [`Clash`].
pub(crate) fn merge(upstreams: &[Upstream]) -> Result<OpenApi, Clash> {
    let mut paths = Paths::new();
    let mut components = Components::new();
    let mut tags: Vec<utoipa::openapi::Tag> = Vec::new();
    for upstream in upstreams {
        let Some(document) = upstream.openapi.clone() else { continue };
        let theirs = document.paths.paths.into_iter();
        paths.paths.extend(theirs.filter(|(path, _)| leads_to(upstream.prefixes, path)));
        for (name, schema) in document.components.clone().unwrap_or_default().schemas {
            match components.schemas.get(&name) {
                Some(known) if *known != schema => return Err(Clash { name }),
                Some(_) => {}
                None => {
                    components.schemas.insert(name, schema);
                }
            }
        }
        // They are the same in each, as one crate adds them.
        let shared = document.components.unwrap_or_default();
        components.responses.extend(shared.responses);
        components.security_schemes.extend(shared.security_schemes);
        for tag in document.tags.unwrap_or_default() {
            if !tags.iter().any(|known| known.name == tag.name) {
                tags.push(tag);
            }
        }
    }
    tags.sort_by(|a, b| a.name.cmp(&b.name));
    let info =
        InfoBuilder::new().title("Caravan").version("1").description(Some(DESCRIPTION)).build();
    Ok(OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components))
        .security(Some([SecurityRequirement::new("api_key", Vec::<String>::new())]))
        .tags(Some(tags))
        .build())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use serde_json::json;

    use super::*;
    use crate::upstream::Access;

    fn upstream(prefix: &'static [&'static str], parcel: &str) -> Upstream {
        let document = json!({
            "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
            "paths": { prefix[0]: { "get": { "responses": {} } } },
            "components": { "schemas": { "Parcel": { "type": parcel } } },
        });
        Upstream::in_process(prefix, Router::new(), Access::Open, 0)
            .described_by(serde_json::from_value(document).unwrap())
    }

    #[test]
    fn one_name_is_one_schema() {
        let a = upstream(&["/v1/a"], "string");
        assert!(merge(&[a.clone(), upstream(&["/v1/b"], "string")]).is_ok());
        let clash = merge(&[a, upstream(&["/v1/b"], "integer")]).err();
        assert_eq!(clash, Some(Clash { name: "Parcel".to_owned() }));
    }
}
