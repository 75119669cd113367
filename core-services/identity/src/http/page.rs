//! A problem as a page, for a browser that is on its way through a login and shows whatever comes.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use caravan_web::Problem;

/// The problem, as a page where that is what is asked for.
pub(super) fn answer(headers: &HeaderMap, problem: Problem) -> Response {
    if !wants_page(headers) {
        return problem.into_response();
    }
    let (detail, code) = (escaped(problem.detail()), escaped(problem.code()));
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>You are not signed in</title><h1>You are not signed in</h1><p>{detail}</p>\
         <p><small>Code: <a href=\"/docs/problems/{code}\">{code}</a></small></p></html>"
    );
    let mut response = (problem.status(), Html(page)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Browsers name HTML first when somebody goes somewhere; programs name JSON, or anything.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let first = accept.and_then(|accept| accept.split([',', ';']).next());
    first.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_browser_gets_a_page_in_which_nothing_of_others_is_markup() {
        let problem = || Problem::new(StatusCode::FORBIDDEN, "provider-said-no", "<b>'&\"");
        let mut headers = HeaderMap::new();
        assert_eq!(
            answer(&headers, problem()).headers()["content-type"],
            "application/problem+json"
        );
        let browsers = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
        headers.insert(header::ACCEPT, HeaderValue::from_static(browsers));
        let response = answer(&headers, problem());
        assert_eq!(
            (response.status(), &response.headers()["cache-control"]),
            (StatusCode::FORBIDDEN, &HeaderValue::from_static("no-store"))
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            body.contains("&lt;b&gt;&#39;&amp;&quot;") && body.contains("provider-said-no"),
            "{body}"
        );
    }
}
