//! The one command of the window: a request to the agent.

use crate::link::Link;
use crate::reader;
use protocol::{Failure, Request, Response};
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
