//! The two schemes by which the page fetches pictures: `mirror://localhost/NUMBER`, `past://localhost/MILLISECONDS`.

use crate::tray::Tray;
use policy::Wall;
use protocol::window::{Ask, Picture};
use tauri::http::{Response, StatusCode, header};
use tauri::{UriSchemeResponder, async_runtime};

/// The scheme of the mirror's pictures.
pub const MIRROR: &str = "mirror";
/// The scheme of recorded pictures.
pub const PAST: &str = "past";

/// What an address of the mirror asks for.
pub fn mirror(path: &str) -> Option<Ask> {
    Some(Ask::MirrorPicture(path.trim_start_matches('/').parse().ok()?))
}

/// What an address of the past asks for.
pub fn past(path: &str) -> Option<Ask> {
    Some(Ask::PastPicture(Wall(path.trim_start_matches('/').parse().ok()?)))
}

/// Answers the page with what the tray app has.
pub fn serve(tray: &Tray, ask: Option<Ask>, responder: UriSchemeResponder) {
    let tray = tray.clone();
    async_runtime::spawn(async move {
        let picture = match ask {
            Some(ask) => tray.ask(ask).await.ok().and_then(|(_, picture)| picture),
            None => None,
        };
        responder.respond(response(picture));
    });
}

/// A picture as the page gets it: a bitmap that is kept nowhere, or nothing.
fn response(bitmap: Option<Picture>) -> Response<Vec<u8>> {
    let status = if bitmap.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut response = Response::new(bitmap.map(|mut bitmap| std::mem::take(&mut *bitmap)).unwrap_or_default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("image/bmp"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_number_and_nothing_else() {
        assert!(matches!(mirror("/7"), Some(Ask::MirrorPicture(7))));
        assert!(matches!(past("/-7"), Some(Ask::PastPicture(Wall(-7)))));
        for path in ["", "/", "/../7", "/7/..", "/a", "/7?x", "/%37", "/-1"] {
            assert!(mirror(path).is_none(), "{path}");
        }
        for path in ["", "/", "/../../etc/passwd", "/7.5", "/7 "] {
            assert!(past(path).is_none(), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found_and_nothing_is_kept() {
        assert_eq!(response(None).status(), StatusCode::NOT_FOUND);
        let there = response(Some(Picture::new(vec![1, 2, 3])));
        assert_eq!((there.status(), there.body().as_slice()), (StatusCode::OK, &[1, 2, 3][..]));
        assert_eq!(there.headers()[header::CACHE_CONTROL], "no-store");
    }
}
