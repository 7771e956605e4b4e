//! Figures beside the phases: delays, what is used at rest, what a picture costs, what looking back costs.

mod delay;
mod past;
mod picture;
mod recorder;
mod rest;

use serde::Serialize;

use super::stats::Delays;
use super::{Plan, SCREENS, tried};

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
    pub rest: Option<Rest>,
    /// One picture, by screen.
    pub pictures: Vec<Picture>,
    /// Looking back.
    pub past: Option<Past>,
}

/// Measures them; what fails is said in the notes.
pub fn measure(plan: &Plan, notes: &mut Vec<String>) -> Figures {
    let rest = tried("figures: at rest", notes, || rest::measure(plan.seconds));
    let delays = tried("figures: delays", notes, || delay::measure(plan.delays));
    let [listener, hold, pause] = delays.unwrap_or_default();
    let screens = SCREENS.iter().filter(|(name, _)| plan.screens.contains(name));
    let picture = |(screen, size): &(&'static str, (u32, u32))| {
        tried(&format!("figures: a picture, {screen}"), notes, || picture::measure(screen, *size))
    };
    let pictures = screens.filter_map(picture).collect();
    let past = tried("figures: the past", notes, || past::measure(plan.events));
    Figures { listener, hold, pause, rest, pictures, past }
}
