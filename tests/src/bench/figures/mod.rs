//! Figures beside the phases: delays, what is used at rest, what a picture costs, what looking back costs.

mod delay;
mod past;
mod picture;
mod recorder;
mod rest;

use serde::Serialize;

use super::Plan;
use super::stats::Delays;
use crate::Result;

pub use past::Past;
pub use picture::Picture;
pub use rest::{Rest, State};

/// All of them.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// From asking for a private window to a bare listener told that it is active.
    pub listener: Option<Delays>,
    /// From asking for a private window to a client told of the hold.
    pub hold: Option<Delays>,
    /// From the pause key to a client told that the pause is in force and durable.
    pub pause: Option<Delays>,
    /// While nothing happens.
    pub rest: Rest,
    /// One picture, by screen.
    pub pictures: Vec<Picture>,
    /// Looking back.
    pub past: Past,
}

/// Measures them.
pub fn measure(plan: &Plan) -> Result<Figures> {
    eprintln!("figures: at rest");
    let rest = rest::measure(plan.seconds)?;
    eprintln!("figures: delays, {} of each", plan.delays);
    let [listener, hold, pause] = delay::measure(plan.delays)?;
    let mut pictures = Vec::new();
    for (screen, size) in super::SCREENS.iter().filter(|(name, _)| plan.screens.contains(name)) {
        eprintln!("figures: a picture, {screen}");
        pictures.push(picture::measure(screen, *size)?);
    }
    eprintln!("figures: the past, {} events a day", plan.events);
    Ok(Figures { listener, hold, pause, rest, pictures, past: past::measure(plan.events)? })
}
