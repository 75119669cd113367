//! Bodies are read with a cap, always.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

/// Why a body could not be read whole.
#[derive(Debug, thiserror::Error)]
pub enum ReadError<E: std::error::Error + 'static> {
    /// More than the cap. What was read is dropped.
    #[error("the body is larger than {bytes_max} bytes")]
    TooLarge {
        /// The cap.
        bytes_max: u64,
    },
    /// The connection failed on the way.
    #[error("the body broke off")]
    Broken(#[source] E),
}

/// Reads `body` whole, at most `bytes_max` bytes; stops at the first frame past the cap, so no more than that is held.
///
/// # Errors
/// [`ReadError::TooLarge`] past the cap, [`ReadError::Broken`] when the connection fails.
pub async fn read_capped<B>(body: B, bytes_max: u64) -> Result<Bytes, ReadError<B::Error>>
where
    B: http_body_util::BodyExt<Data = Bytes>,
    B::Error: std::error::Error + 'static,
{
    let too_large = || ReadError::TooLarge { bytes_max };
    if body.size_hint().lower() > bytes_max {
        return Err(too_large());
    }
    let mut body = std::pin::pin!(body);
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(ReadError::Broken)?.into_data() else { continue };
        let length = u64::try_from(read.len().saturating_add(data.len())).unwrap_or(u64::MAX);
        if length > bytes_max {
            return Err(too_large());
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{Full, StreamBody};

    #[tokio::test]
    async fn the_cap_is_exact_with_and_without_a_length() {
        let whole = || Full::new(Bytes::from_static(b"12345"));
        assert_eq!(&read_capped(whole(), 5).await.unwrap()[..], b"12345");
        assert!(matches!(read_capped(whole(), 4).await, Err(ReadError::TooLarge { bytes_max: 4 })));
        let frames = || {
            let parts = [Bytes::from_static(b"123"), Bytes::from_static(b"45")];
            let frames = parts.map(|part| Ok::<_, std::io::Error>(http_body::Frame::data(part)));
            StreamBody::new(futures_util::stream::iter(frames))
        };
        assert_eq!(&read_capped(frames(), 5).await.unwrap()[..], b"12345");
        assert!(matches!(read_capped(frames(), 4).await, Err(ReadError::TooLarge { .. })));
    }

    #[tokio::test]
    async fn a_broken_body_is_no_short_body() {
        let parts = [
            Ok(http_body::Frame::data(Bytes::from_static(b"123"))),
            Err(std::io::Error::other("reset")),
        ];
        let body = StreamBody::new(futures_util::stream::iter(parts));
        assert!(matches!(read_capped(body, 50).await, Err(ReadError::Broken(_))));
    }
}
