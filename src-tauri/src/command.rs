//! The three commands of the window: a request to the agent, a look into the mirror, a look at what was recorded.

use crate::link::Link;
use crate::review::Review;
use crate::{mirror, reader, review};
use protocol::review::{ReviewAnswer, ReviewAsk};
use protocol::{Failure, MirrorAnswer, MirrorAsk, Request, Response};
use std::sync::Arc;
use tauri::State;

/// Passes a request on. Before consent is given there has to be a key to seal with.
#[tauri::command]
pub async fn request(link: State<'_, Arc<Link>>, request: Request) -> Result<Response, Failure> {
    if matches!(request, Request::ConsentGrant(_)) {
        reader::ensure().await?;
    }
    link.request(request).await
}

/// Asks the mirror. Its answer comes by the private channel, which no other client has.
#[tauri::command]
pub async fn mirror(link: State<'_, Arc<Link>>, ask: MirrorAsk) -> Result<MirrorAnswer, Failure> {
    mirror::ask(&link, ask).await
}

/// Asks about what was recorded.
#[tauri::command]
pub async fn review(
    review: State<'_, Arc<Review>>,
    link: State<'_, Arc<Link>>,
    ask: ReviewAsk,
) -> Result<ReviewAnswer, Failure> {
    review::ask(&review, &link, ask).await
}
