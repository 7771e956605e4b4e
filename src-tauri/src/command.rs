//! The two commands of the window: a request to the agent, and a look into the mirror.

use crate::link::Link;
use crate::{mirror, reader};
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
