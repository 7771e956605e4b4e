//! The three commands of the page: a request to the agent, a look into the mirror, a look at what was recorded.

use crate::tray::Tray;
use protocol::review::{ReviewAnswer, ReviewAsk};
use protocol::window::{Answer, Ask};
use protocol::{Failure, MirrorAnswer, MirrorAsk, Request, Response};
use tauri::State;

/// Asks the agent.
#[tauri::command]
pub async fn request(tray: State<'_, Tray>, request: Request) -> Result<Response, Failure> {
    match tray.ask(Ask::Request(request)).await?.0 {
        Answer::Request(answer) => answer,
        Answer::Mirror(_) | Answer::Review(_) | Answer::Picture(_) => Err(Tray::gone()),
    }
}

/// Asks the mirror.
#[tauri::command]
pub async fn mirror(tray: State<'_, Tray>, ask: MirrorAsk) -> Result<MirrorAnswer, Failure> {
    match tray.ask(Ask::Mirror(ask)).await?.0 {
        Answer::Mirror(answer) => answer,
        Answer::Request(_) | Answer::Review(_) | Answer::Picture(_) => Err(Tray::gone()),
    }
}

/// Asks about what was recorded.
#[tauri::command]
pub async fn review(tray: State<'_, Tray>, ask: ReviewAsk) -> Result<ReviewAnswer, Failure> {
    match tray.ask(Ask::Review(ask)).await?.0 {
        Answer::Review(answer) => answer,
        Answer::Request(_) | Answer::Mirror(_) | Answer::Picture(_) => Err(Tray::gone()),
    }
}
