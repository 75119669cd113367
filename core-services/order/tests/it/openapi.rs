//! The description of the routes is complete and says what they answer.

#[test]
fn every_route_is_described_with_its_id_summary_scope_and_problems() {
    let document = serde_json::to_value(caravan_order::openapi()).unwrap();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            ids.push(
                operation["operationId"].as_str().unwrap_or_else(|| panic!("{at}")).to_owned(),
            );
            assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{at}");
            let scope = operation["security"][0]["api_key"][0].as_str();
            assert!(scope.is_some_and(|scope| scope.starts_with("orders:")), "{at}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("403") && responses.contains_key("500"), "{at}");
            if path.contains("{id}") {
                assert!(responses.contains_key("404"), "{at}");
            }
        }
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "an operation id is used twice");
    assert!(all >= 18, "{ids:?}");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["OrderIn", "OrderOut", "OrderListOut", "OrderStop", "DispatchIn", "QuotesOut"] {
        assert!(schemas.contains_key(name), "{name}");
    }
}
