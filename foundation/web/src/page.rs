//! Lists in pages: a limit, an opaque cursor, a stable order. No offsets: they skip and repeat rows while others are added.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Problem;

/// Items of a page, unless said.
const PAGE: i64 = 50;
/// Most items of a page.
const PAGE_MAX: i64 = 200;
/// Longest cursor that is looked at, in bytes.
const CURSOR_BYTES_MAX: usize = 1_024;

/// How much of a list is wanted, and from where on. Take it beside the filters, with an extractor of its own.
///
/// The fields are texts, so that a bad one gets our answer.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items of the page; 50 unless said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
    /// `next` of the page before; from the start unless said.
    pub cursor: Option<String>,
}

/// How many items a page has, from 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(i64);

impl Limit {
    /// How many rows to ask the database for: one more than are shown, to know whether there is a next page.
    #[must_use]
    pub fn rows(self) -> i64 {
        self.0.saturating_add(1)
    }

    fn shown(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl PageQuery {
    /// The limit.
    ///
    /// # Errors
    /// 400 `limit-invalid`.
    pub fn limit(&self) -> Result<Limit, Problem> {
        let Some(text) = &self.limit else { return Ok(Limit(PAGE)) };
        let limit = text.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit)).map(Limit);
        limit.ok_or_else(|| {
            let detail = format!(
                "{:?} is no limit; use a whole number from 1 to {PAGE_MAX}.",
                text.chars().take(40).collect::<String>()
            );
            Problem::bad_request("limit-invalid", detail)
        })
    }

    /// The key of the last item that was shown, as [`Page::of`] wrote it for the same `list`; none for the first page.
    ///
    /// # Errors
    /// 400 `cursor-invalid`.
    pub fn after<K: DeserializeOwned>(&self, list: &str) -> Result<Option<K>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (of, key): (String, K) = serde_json::from_slice(&bytes).ok()?;
            (of == list).then_some(key)
        };
        let key = if text.len() > CURSOR_BYTES_MAX { None } else { read() };
        key.map(Some).ok_or_else(|| {
            let detail =
                "This cursor was not given out for this list; use `next` of the page before, or leave it out to start again.";
            Problem::bad_request("cursor-invalid", detail)
        })
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// What there is.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page that `rows` make, of which [`Limit::rows`] were asked for. `key` is by what the list is ordered, unique, and what
    /// [`PageQuery::after`] reads again; `list` names the list (and its filters, if they change the order).
    ///
    /// # Errors
    /// 500, when the key cannot be written as JSON.
    pub fn of<R, K: Serialize>(
        list: &str,
        limit: Limit,
        mut rows: Vec<R>,
        key: impl FnOnce(&R) -> K,
        show: impl FnMut(R) -> T,
    ) -> Result<Self, Problem> {
        let more = rows.len() > limit.shown();
        rows.truncate(limit.shown());
        let cursor = |row: &R| {
            let text = serde_json::to_vec(&(list, key(row)))?;
            Ok::<_, serde_json::Error>(URL_SAFE_NO_PAD.encode(text))
        };
        let last = rows.last().filter(|_| more).map(cursor).transpose();
        let next = last.map_err(|error| Problem::internal(&error))?;
        Ok(Self { items: rows.into_iter().map(show).collect(), next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(limit: Option<&str>, cursor: Option<&str>) -> PageQuery {
        PageQuery { limit: limit.map(str::to_owned), cursor: cursor.map(str::to_owned) }
    }

    #[test]
    fn pages_show_everything_once() {
        let all: Vec<(i64, String)> = (0..25).map(|n| (n, format!("row {n}"))).collect();
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query = query(Some("7"), cursor.as_deref());
            let after: Option<(i64, String)> = query.after("rows").unwrap();
            let limit = query.limit().unwrap();
            let behind = all.iter().filter(|row| after.as_ref().is_none_or(|after| *row > after));
            let rows: Vec<_> = behind.take(limit.rows().try_into().unwrap()).cloned().collect();
            let page = Page::of("rows", limit, rows, Clone::clone, |(number, _)| number).unwrap();
            assert!(page.items.len() <= 7);
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..25).collect::<Vec<_>>());
    }

    #[test]
    fn the_last_page_has_no_next_even_when_it_is_full() {
        let limit = query(Some("2"), None).limit().unwrap();
        let page = Page::of("rows", limit, vec![1, 2], |row| *row, |row| row).unwrap();
        assert_eq!((page.items, page.next), (vec![1, 2], None));
    }

    #[test]
    fn a_bad_limit_or_a_foreign_cursor_is_told() {
        for limit in ["0", "201", "-1", "x", ""] {
            assert_eq!(query(Some(limit), None).limit().unwrap_err().code(), "limit-invalid");
        }
        let page = Page::of("rows", Limit(1), vec![1, 2], |row| *row, |row| row).unwrap();
        let next = page.next.unwrap();
        assert_eq!(query(None, Some(&next)).after::<i64>("rows").unwrap(), Some(1));
        let long = "A".repeat(CURSOR_BYTES_MAX + 1);
        for (cursor, list) in
            [(next.as_str(), "others"), ("7", "rows"), ("", "rows"), (&long, "rows")]
        {
            let problem = query(None, Some(cursor)).after::<i64>(list).unwrap_err();
            assert_eq!(problem.code(), "cursor-invalid", "{cursor} in {list}");
        }
    }
}
