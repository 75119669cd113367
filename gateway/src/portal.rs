//! The portal: its built files, baked in by `build.rs`, and the paths that its pages stand at.
//!
//! A page's path is answered with the one HTML file; what it shows is the browser's work, by the same API that everybody uses.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_web::Problem;

use crate::upstream::{Access, Upstream};

/// Where its files and pages are. `portal/src/router.test.ts` holds the portal's own table against this one.
const PREFIXES: &[&str] = &[
    "/",
    "/assets",
    "/icon.svg",
    "/theme.js",
    "/early.js",
    "/sign-in",
    "/orders",
    "/imports",
    "/shipments",
    "/exceptions",
    "/messages",
    "/settlement",
    "/connections",
    "/catalogue",
    "/settings",
    "/infra",
    "/worker.js",
    "/caravan.webmanifest",
];

/// Scripts, styles and calls of our own origin; nothing inline, no plug-ins, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What a checkout without Node.js shows.
const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Caravan</title>\
    <h1>The portal is not built in</h1>\
    <p>This binary was built without the portal's files. With Node.js 20.19 or later and npm installed, \
    run <code>cargo xtask build</code> and start it again.</p>\
    <p>The API works without it: <a href=\"/docs\">its documentation</a>.</p></html>";

/// One file, as it is and packed.
#[derive(Debug)]
struct File {
    path: &'static str,
    etag: &'static str,
    plain: &'static [u8],
    br: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/portal.rs"));

/// The upstream that serves it, to everybody: signing in is one of its pages.
pub(crate) fn upstream() -> Upstream {
    let router = Router::new().fallback(async |request: Request| answer(FILES, &request));
    Upstream::in_process(PREFIXES, router, Access::Open, 0)
}

/// A file of the build by its name, whatever the path says.
pub(crate) fn page(name: &str, request: &Request) -> Response {
    page_of(FILES, name, request)
}

fn answer(files: &'static [File], request: &Request) -> Response {
    let path = request.uri().path();
    let exact = files.iter().any(|file| file.path == path);
    if !exact && path.starts_with("/assets/") {
        // An old page asks for a file of an older build: HTML in its place would only confuse it.
        return Problem::not_found("no-such-path", "There is no such file in this version.")
            .into_response();
    }
    page_of(files, if exact { path } else { "/index.html" }, request)
}

fn page_of(files: &'static [File], name: &str, request: &Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let detail = "Pages can only be read; the API is under /v1.";
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
            .into_response();
    }
    match files.iter().find(|file| file.path == name) {
        Some(file) => serve(file, request.headers()),
        None => (
            [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-cache"),
            ],
            PLACEHOLDER,
        )
            .into_response(),
    }
}

fn serve(file: &'static File, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    // The names of assets hold a hash of what is in them; all else is asked for anew by its ETag.
    let kept = if file.path.starts_with("/assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::ETAG, HeaderValue::from_static(file.etag));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // Proxies that pack answers weaken the tag.
    let same = |tag: &str| tag.trim().trim_start_matches("W/") == file.etag;
    if known.is_some_and(|tags| tags.split(',').any(same)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(file.path)));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    let packed = [("br", file.br), ("gzip", file.gzip)];
    let packed = packed.iter().find_map(|(coding, bytes)| {
        bytes.filter(|_| accepts(asked, coding)).map(|bytes| (*coding, bytes))
    });
    let bytes = packed.map_or(file.plain, |(coding, bytes)| {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        bytes
    });
    (headers, bytes).into_response()
}

/// Whether `accept-encoding` names `coding`, and not with `q=0`.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let Some(asked) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    asked.split(',').any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        name.trim().eq_ignore_ascii_case(coding) && weight.parse().unwrap_or(0.0_f32) > 0.0
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    static TWO: &[File] = &[
        File {
            path: "/index.html",
            etag: "\"1\"",
            plain: b"page",
            br: Some(b"b"),
            gzip: Some(b"g"),
        },
        File { path: "/assets/a-1.js", etag: "\"2\"", plain: b"js", br: None, gzip: None },
    ];

    fn get(files: &'static [File], path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(files, &request.body(Body::empty()).unwrap())
    }

    fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn every_page_is_the_one_page_and_an_asset_is_kept_for_ever() {
        for path in ["/", "/shipments/AB%2F1", "/messages"] {
            let page = get(TWO, path, &[]);
            assert_eq!(header_of(&page, "content-type"), "text/html; charset=utf-8", "{path}");
            assert_eq!(header_of(&page, "cache-control"), "no-cache");
            assert!(header_of(&page, "content-security-policy").contains("script-src 'self';"));
        }
        let asset = get(TWO, "/assets/a-1.js", &[]);
        assert!(header_of(&asset, "cache-control").contains("immutable"));
        assert_eq!(get(TWO, "/assets/a-0.js", &[]).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn it_is_packed_as_the_browser_can_read_it() {
        let coding = |asked: &str| {
            let page = get(TWO, "/", &[("accept-encoding", asked)]);
            header_of(&page, "content-encoding").to_owned()
        };
        assert_eq!(coding("gzip, deflate, br, zstd"), "br");
        assert_eq!(coding("gzip;q=0.5, br;q=0"), "gzip");
        assert_eq!(coding("identity"), "");
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let page = get(TWO, "/", &[("if-none-match", "\"0\", W/\"1\"")]);
        assert_eq!(page.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get(TWO, "/", &[("if-none-match", "\"0\"")]).status(), StatusCode::OK);
    }

    #[test]
    fn without_files_a_page_says_how_to_build_them() {
        let page = get(&[], "/", &[]);
        assert_eq!(page.status(), StatusCode::OK);
        assert!(PLACEHOLDER.contains("cargo xtask build"));
    }
}
