//! Query and path parameters, with our answers.

use axum::extract::{FromRequestParts, rejection};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;

/// What stands behind `?`. A parameter that comes twice, or cannot be read, is a problem `query-invalid`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let detail =
                    format!("The query cannot be read: {}.", shortened(&rejection.body_text()));
                Err(Problem::bad_request("query-invalid", detail))
            }
        }
    }
}

/// The parameters in the path. One that cannot be read, for example an id that is none, names nothing: 404 `path-invalid`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(rejection::PathRejection::FailedToDeserializePathParams(rejection)) => {
                let detail = format!(
                    "There is nothing at this path: {}.",
                    shortened(&rejection.body_text())
                );
                Err(Problem::not_found("path-invalid", detail))
            }
            Err(rejection) => Err(Problem::internal(&rejection)),
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use serde::Deserialize;
    use tower::ServiceExt as _;
    use uuid::Uuid;

    use super::*;

    #[derive(Deserialize)]
    struct Asked {
        limit: Option<u32>,
    }

    async fn ask(path: &str) -> (u16, String) {
        let router = Router::new()
            .route(
                "/list",
                get(|Query(asked): Query<Asked>| async move { format!("{:?}", asked.limit) }),
            )
            .route("/{id}", get(|Path(id): Path<Uuid>| async move { id.to_string() }));
        let response =
            router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_told() {
        assert_eq!(ask("/list?limit=7").await, (200, "Some(7)".to_owned()));
        for (path, status, code) in [
            ("/list?limit=x", 400, "query-invalid"),
            ("/list?limit=1&limit=2", 400, "query-invalid"),
            ("/7", 404, "path-invalid"),
        ] {
            let (answered, body) = ask(path).await;
            assert_eq!(answered, status, "{path}: {body}");
            assert!(body.contains(&format!("\"code\":\"{code}\"")), "{path}: {body}");
        }
    }
}
