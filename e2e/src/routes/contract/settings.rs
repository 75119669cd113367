//! The settings of schemathesis: what is left out, and which values paths have.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use super::super::document::Route;
use super::super::things::Things;

/// What wrong requests may be refused with. The tool's own list lacks 412: here a version is compared before what is sent is looked at.
const REFUSALS: &str =
    r#"[400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429, "5xx"]"#;

/// Whatever comes there is a document, even nothing: it is kept, and told as one that says nothing.
const TAKES_ALL: &str = "postDocument";

/// The file. Strings are written as JSON writes them, which TOML reads alike.
pub(super) fn of(asked: &[Route], left: &[Route], things: &Things) -> String {
    let general = format!(
        "[generation]\ndatabase = \"none\"\n[checks.negative_data_rejection]\nexpected-statuses = {REFUSALS}\n"
    );
    let left = left.iter().map(|route| operation(route, "enabled = false\n"));
    // Nothing that is removed is ours: whatever is asked afterwards would find nothing.
    let kept = asked.iter().filter(|route| route.method != Method::DELETE);
    let led = kept.filter_map(|route| Some(leading(route, &route.at(&things.of(route)?.ours))));
    [general].into_iter().chain(left).chain(led).collect()
}

fn operation(route: &Route, settings: &str) -> String {
    format!("[[operations]]\ninclude-operation-id = {}\n{settings}", json!(route.operation))
}

/// Leads the route to `path`, half of the time.
fn leading(route: &Route, path: &str) -> String {
    let (mut values, mut bound) = (String::new(), String::new());
    for (name, value) in parameters(&route.template, path) {
        let dictionary = format!("{}-{name}", route.operation);
        let value = value.parse::<u32>().map_or_else(|_| json!(value), |number| json!(number));
        values += &format!("[dictionaries.{dictionary}]\nvalues = [{value}]\n");
        bound += &format!(
            "parameters.\"path.{name}\" = {{ dictionary = \"{dictionary}\", probability = 0.5 }}\n"
        );
    }
    if route.operation == TAKES_ALL {
        bound += "checks.negative_data_rejection.expected-statuses = [\"2xx\", \"4xx\", \"5xx\"]\n";
    }
    values + &operation(route, &bound)
}

/// What the names in a template's braces stand for in a path of it.
pub(super) fn parameters<'a>(template: &'a str, path: &'a str) -> BTreeMap<&'a str, &'a str> {
    let parts = template.split('/').zip(path.split('/'));
    parts
        .filter_map(|(name, value)| Some((name.strip_prefix('{')?.strip_suffix('}')?, value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paths_parts_are_the_values_of_the_templates_names() {
        let found = parameters("/v1/orders/{id}/conflicts/{conflict}", "/v1/orders/7/conflicts/9");
        assert_eq!(found, BTreeMap::from([("id", "7"), ("conflict", "9")]));
    }
}
