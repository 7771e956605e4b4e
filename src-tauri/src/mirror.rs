//! The mirror's way from the agent to the window: questions and answers on the private channel, and the newest picture,
//! kept in memory until the next one comes or nobody looks, and handed to the window when it asks for it by its number.

use crate::link::Link;
use protocol::private::{Pixels, ToAgent};
use protocol::window::Picture as Bitmap;
use protocol::{ErrorCode, Failure, MirrorAnswer, MirrorAsk, MirrorPicture, MirrorState, MirrorView};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// The window gets at most one picture in this time, however often it asks.
const PACE: Duration = Duration::from_millis(1000);
/// An agent that holds for its disk may take a moment.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// Not looked at for so long, the picture is wiped.
const KEPT: Duration = Duration::from_secs(4);
/// The largest picture: a wall of eight 4K monitors.
const MOST_PIXELS: u64 = 8 * 3840 * 2160;

type Answer = (Result<MirrorAnswer, Failure>, Option<Pixels>);

/// What the tray app holds of the mirror.
#[derive(Default)]
pub struct Mirror {
    state: Mutex<State>,
    /// When the last look was.
    looked: AsyncMutex<Option<Instant>>,
}

#[derive(Default)]
struct State {
    tickets: u64,
    /// So many times it was cleared: a look from before the last time does not count.
    cleared: u64,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
    /// The newest picture that the agent has given, whether it is still here or not.
    had: u64,
    picture: Option<Picture>,
    looks: u64,
}

struct Picture {
    number: u64,
    bitmap: Pixels,
}

impl Mirror {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The agent answered.
    pub fn answered(&self, ticket: u64, answer: Result<MirrorAnswer, Failure>, pixels: Option<Pixels>) {
        if let Some(waiting) = self.state().waiting.remove(&ticket) {
            let _ = waiting.send((answer, pixels));
        }
    }

    /// Nobody looks, or the agent is gone: nothing is kept, and whoever still waits is told.
    pub fn clear(&self) {
        let mut state = self.state();
        let (tickets, looks) = (state.tickets, state.looks);
        *state = State { tickets, looks, cleared: state.cleared + 1, ..State::default() };
    }

    /// The picture of this number, if it is the newest and still here.
    pub fn picture(&self, number: u64) -> Option<Bitmap> {
        let state = self.state();
        state.picture.as_ref().filter(|picture| picture.number == number).map(|picture| picture.bitmap.clone())
    }

    fn begin(&self) -> (u64, u64, oneshot::Receiver<Answer>) {
        let (send, answer) = oneshot::channel();
        let mut state = self.state();
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.insert(ticket, send);
        (ticket, state.had, answer)
    }

    /// Takes in what the agent showed.
    fn take(&self, view: &MirrorView, pixels: Option<Pixels>) {
        let mut state = self.state();
        match (&view.picture, pixels) {
            (Some(picture), Some(pixels)) => {
                state.had = picture.number;
                state.picture = bitmap(picture, &pixels).map(|bitmap| Picture { number: picture.number, bitmap });
            }
            (Some(picture), None) => {
                if state.picture.as_ref().is_none_or(|kept| kept.number != picture.number) {
                    state.picture = None;
                    state.had = 0;
                }
            }
            (None, _) => {
                state.picture = None;
                if view.state == MirrorState::Held {
                    state.had = 0;
                }
            }
        }
    }

    /// Waits until the next look may be.
    async fn paced(&self) {
        let mut looked = self.looked.lock().await;
        if let Some(before) = *looked {
            sleep_until(before + PACE).await;
        }
        *looked = Some(Instant::now());
    }
}

/// Asks the agent.
///
/// # Errors
/// The agent's refusal, or `NotRunning`.
pub async fn ask(link: &Arc<Link>, ask: MirrorAsk) -> Result<MirrorAnswer, Failure> {
    let mirror = link.mirror();
    match ask {
        MirrorAsk::Look(_) => {
            let cleared = mirror.state().cleared;
            mirror.paced().await;
            if mirror.state().cleared != cleared {
                return Ok(MirrorAnswer::Stopped);
            }
            wipe_later(Arc::clone(link));
        }
        MirrorAsk::Stop => {
            stop(link);
            return Ok(MirrorAnswer::Stopped);
        }
        MirrorAsk::Drop(_) => {}
    }
    let (ticket, have, answer) = mirror.begin();
    let there = link.tells(ToAgent::Mirror { ticket, ask, have });
    let answer = if there { timeout(ANSWERS_WITHIN, answer).await.ok().and_then(Result::ok) } else { None };
    let Some((answer, pixels)) = answer else {
        mirror.state().waiting.remove(&ticket);
        let cure = "Wait a moment: it is started again by itself.";
        return Err(Failure::new(ErrorCode::NotRunning, "Eyelid's recorder does not answer.", cure));
    };
    match &answer {
        Ok(MirrorAnswer::View(view)) => mirror.take(view, pixels),
        Ok(MirrorAnswer::Dropped { .. }) => mirror.state().picture = None,
        Ok(MirrorAnswer::Stopped) | Err(_) => {}
    }
    answer
}

/// Nobody looks any more: the picture is wiped and the agent told.
pub fn stop(link: &Link) {
    link.mirror().clear();
    link.tell(ToAgent::Mirror { ticket: 0, ask: MirrorAsk::Stop, have: 0 });
}

/// Wipes the picture if this was the last look.
fn wipe_later(link: Arc<Link>) {
    let look = {
        let mut state = link.mirror().state();
        state.looks += 1;
        state.looks
    };
    tokio::spawn(async move {
        sleep(KEPT).await;
        if link.mirror().state().looks == look {
            link.mirror().clear();
        }
    });
}

/// The pixels as the simplest picture a webview takes: a bitmap, top row first.
fn bitmap(picture: &MirrorPicture, packed: &[u8]) -> Option<Pixels> {
    const HEAD: u32 = 14 + 40;
    let count = u64::from(picture.width) * u64::from(picture.height);
    let bytes = u32::try_from(count * 4).ok().filter(|_| count > 0 && count <= MOST_PIXELS)?;
    let (width, height) = (i32::try_from(picture.width).ok()?, i32::try_from(picture.height).ok()?);
    let mut bitmap = Pixels::new(Vec::with_capacity((HEAD + bytes) as usize));
    bitmap.extend_from_slice(b"BM");
    for word in [HEAD + bytes, 0, HEAD, 40, width.cast_unsigned(), (-height).cast_unsigned()] {
        bitmap.extend_from_slice(&word.to_le_bytes());
    }
    for half in [1_u16, 32] {
        bitmap.extend_from_slice(&half.to_le_bytes());
    }
    for word in [0, bytes, 2835, 2835, 0, 0] {
        bitmap.extend_from_slice(&u32::to_le_bytes(word));
    }
    bitmap.resize((HEAD + bytes) as usize, 0);
    let body = &mut bitmap[HEAD as usize..];
    if zstd::bulk::decompress_to_buffer(packed, body).ok()? != body.len() {
        return None;
    }
    // The fourth byte is unused on the way here, and opacity in a webview.
    body.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
    Some(bitmap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::Wall;
    use protocol::MirrorFate;

    fn picture(number: u64) -> MirrorPicture {
        let fate = MirrorFate::Waits;
        MirrorPicture { number, at: Wall(0), width: 2, height: 1, fate, windows: Vec::new() }
    }

    fn pixels() -> Pixels {
        Pixels::new(zstd::bulk::compress(&[1, 2, 3, 0, 4, 5, 6, 9], 1).unwrap())
    }

    fn view(state: MirrorState, picture: Option<MirrorPicture>) -> MirrorView {
        MirrorView { state, picture, keys: Vec::new() }
    }

    #[test]
    fn only_the_newest_picture_is_served_and_none_while_held() {
        let mirror = Mirror::default();
        assert!(mirror.picture(1).is_none());
        mirror.take(&view(MirrorState::Recording, Some(picture(1))), Some(pixels()));
        assert_eq!(mirror.picture(1).unwrap()[54..], [1, 2, 3, 255, 4, 5, 6, 255]);
        mirror.take(&view(MirrorState::Recording, Some(picture(2))), Some(pixels()));
        assert!(mirror.picture(1).is_none());
        assert!(mirror.picture(2).is_some());
        mirror.take(&view(MirrorState::Held, None), None);
        assert!(mirror.picture(2).is_none());
        assert_eq!(mirror.begin().1, 0);
    }

    #[test]
    fn once_cleared_nothing_is_served_and_nobody_waits() {
        let mirror = Mirror::default();
        mirror.take(&view(MirrorState::Recording, Some(picture(1))), Some(pixels()));
        let (ticket, _, mut waits) = mirror.begin();
        mirror.clear();
        mirror.answered(ticket, Ok(MirrorAnswer::View(view(MirrorState::Recording, Some(picture(2))))), Some(pixels()));
        assert!(waits.try_recv().is_err());
        assert!(mirror.picture(1).is_none());
        assert_eq!(mirror.begin().1, 0);
    }

    #[test]
    fn a_dropped_picture_is_not_asked_for_again() {
        let mirror = Mirror::default();
        mirror.take(&view(MirrorState::Recording, Some(picture(1))), Some(pixels()));
        mirror.take(&view(MirrorState::Recording, None), None);
        assert!(mirror.picture(1).is_none());
        assert_eq!(mirror.begin().1, 1);
    }

    #[test]
    fn pixels_that_do_not_fit_their_picture_are_no_picture() {
        assert!(bitmap(&MirrorPicture { width: 3, ..picture(1) }, &pixels()).is_none());
        assert!(bitmap(&MirrorPicture { width: 1, ..picture(1) }, &pixels()).is_none());
        assert!(bitmap(&MirrorPicture { width: u32::MAX, height: u32::MAX, ..picture(1) }, &pixels()).is_none());
        assert!(bitmap(&MirrorPicture { width: 0, ..picture(1) }, &pixels()).is_none());
    }

    #[test]
    fn the_answer_reaches_the_one_who_asked() {
        let mirror = Mirror::default();
        let (one, _, mut first) = mirror.begin();
        let (_, _, mut second) = mirror.begin();
        mirror.answered(one, Ok(MirrorAnswer::Stopped), None);
        assert!(first.try_recv().is_ok());
        assert!(second.try_recv().is_err());
    }
}
