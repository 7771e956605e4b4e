//! The kept picture: drawn bit by bit it is what it would be if drawn from nothing, and what may not be seen any more
//! is gone from it at once.

use std::collections::HashSet;

use platform::{Event, Frame, Shown, StreamSwitches, WindowId};
use x11rb::protocol::xproto::{ConnectionExt as _, Rectangle};

use crate::client::{Client, MAKE, Make};
use crate::farm::{Farm, Plot};
use crate::server::Server;
use crate::watch::{ALL, Watch, dwell};

const SCREEN: StreamSwitches = StreamSwitches { keys: false, pointer: false, ..ALL };
/// So many windows of each sort.
const WINDOWS: u32 = 4;

struct Dice(u32);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % n
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(u32::try_from(of.len()).unwrap())).unwrap()]
    }

    fn signed(&mut self, n: u32) -> i16 {
        i16::try_from(self.below(n)).unwrap()
    }

    fn size(&mut self, n: u32) -> u16 {
        u16::try_from(1 + self.below(n)).unwrap()
    }

    fn rectangle(&mut self) -> Rectangle {
        Rectangle { x: self.signed(300), y: self.signed(250), width: self.size(150), height: self.size(150) }
    }
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// A colour that no other window and nobody else has.
fn colour(window: u32, shade: u32) -> u32 {
    0xff80_1300 | window << 16 | shade & 0xff
}

/// What a frame is, apart from its time.
#[derive(PartialEq)]
struct Seen {
    pixels: Vec<u8>,
    shown: Vec<Shown>,
    greyed: Vec<Shown>,
    order: Vec<WindowId>,
}

fn seen(frame: &Frame) -> Seen {
    let pixels = frame.pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Seen { pixels, shown: frame.shown.clone(), greyed: frame.greyed.clone(), order: frame.order.clone() }
}

fn has_colour_of(frame: &Frame, window: u32) -> bool {
    let [_, g, r, _] = colour(window, 0).to_le_bytes();
    frame.pixels.chunks_exact(4).any(|p| p[1..3] == [g, r])
}

/// A screen on which anything may happen, and what was last seen of it.
struct Stage {
    watch: Watch,
    client: Client,
    /// Windows that may be allowed; one that never is; those that are.
    mine: Vec<u32>,
    theirs: Vec<u32>,
    allowed: HashSet<u32>,
    inner: Vec<u32>,
    last: Option<Seen>,
    frames: u32,
    compared: u32,
    /// Colours tell whose a pixel is.
    plain: bool,
}

impl Stage {
    fn compose(&mut self) -> bool {
        let allowed = self.allowed.clone();
        let allow = move |w: WindowId| allowed.iter().any(|a| u64::from(*a) == w.0);
        let Some(frame) = self.watch.display.compose(&allow).unwrap() else { return false };
        self.frames += 1;
        if self.plain {
            for (n, id) in (0..).zip(self.mine.iter().chain(&self.theirs)) {
                assert!(
                    self.allowed.contains(id) || !has_colour_of(&frame, n),
                    "window {n} is denied and in the frame"
                );
            }
        }
        self.last = Some(seen(&frame));
        true
    }

    /// Compares the kept picture with one drawn from nothing, unless something happens meanwhile.
    fn compare(&mut self) -> bool {
        for _ in 0..20 {
            if !self.compose() {
                break;
            }
            self.watch.drain();
        }
        self.watch.drain();
        self.watch.events.clear();
        if self.compose() {
            return false;
        }
        let Some(kept) = self.last.take() else { return false };
        self.watch.display.forget_picture();
        self.watch.display.renew();
        if !self.compose() {
            // The screen was given back, and nothing may be shown yet.
            return false;
        }
        self.watch.drain();
        let stirred = self.watch.events.iter().any(|e| matches!(e, Event::ScreenChanged(_)));
        let fresh = self.last.as_ref().unwrap();
        if stirred || (&kept.shown, &kept.greyed, &kept.order) != (&fresh.shown, &fresh.greyed, &fresh.order) {
            return false;
        }
        let differ = kept.pixels.chunks_exact(3).zip(fresh.pixels.chunks_exact(3)).filter(|(a, b)| a != b).count();
        assert_eq!(differ, 0, "pixels of the kept picture are not those of a new one, after {} frames", self.frames);
        self.compared += 1;
        true
    }

    fn stir(&mut self, dice: &mut Dice) {
        let all: Vec<u32> = self.mine.iter().chain(&self.theirs).copied().collect();
        let id = dice.pick(&all);
        let n = u32::try_from(all.iter().position(|w| *w == id).unwrap()).unwrap();
        match dice.below(14) {
            0 => self.client.place(id, i32::from(dice.signed(900)), i32::from(dice.signed(500))),
            1 => self.client.raise(id),
            2 => self.client.lower(id),
            3 => self.client.resize(id, 150 + dice.below(300), 150 + dice.below(250)),
            4 => self.client.remap(id),
            5 => {
                let rects: Vec<Rectangle> = (0..1 + dice.below(4)).map(|_| dice.rectangle()).collect();
                let whole = [Rectangle { x: 0, y: 0, width: 500, height: 500 }];
                self.client.shape(id, if dice.below(2) == 0 { &whole } else { &rects });
            }
            6 => {
                let mine = dice.pick(&self.mine);
                if !self.allowed.remove(&mine) {
                    self.allowed.insert(mine);
                }
            }
            7 => {
                let at = (dice.signed(250), dice.signed(200));
                let (size, shade) = ((dice.size(200), dice.size(200)), dice.below(256));
                let inner = self.client.inner(id, at, size, colour(n, shade));
                self.inner.push(inner);
            }
            8 | 9 if !self.inner.is_empty() => {
                let inner = dice.pick(&self.inner);
                match dice.below(5) {
                    0 => drop(self.client.conn.unmap_window(inner).unwrap()),
                    1 => drop(self.client.conn.map_window(inner).unwrap()),
                    2 => {
                        self.inner.retain(|w| *w != inner);
                        drop(self.client.conn.destroy_window(inner).unwrap());
                    }
                    3 => self.client.place(inner, i32::from(dice.signed(250)), i32::from(dice.signed(200))),
                    _ => self.client.resize(inner, 1 + dice.below(250), 1 + dice.below(250)),
                }
                self.client.sync();
            }
            10 if dice.below(8) == 0 => self.watch.display.release_screen(),
            _ => {
                for _ in 0..1 + dice.below(6) {
                    self.client.fill(id, colour(n, dice.below(256)), dice.rectangle());
                }
            }
        }
    }
}

fn stage(server: &Server, good: &mut Farm, bad: &mut Farm, alpha: bool) -> Stage {
    let plot = |n: u32, make: Make| {
        let at = (i16::try_from(50 + n * 110).unwrap(), i16::try_from(60 + n * 30).unwrap());
        Plot { make: Make { at, size: (300, 250), ..make }, paint: Some(colour(n, 7)) }
    };
    let mut mine: Vec<u32> = (0..WINDOWS).map(|n| good.make(plot(n, MAKE))).collect();
    let owner = mine[0];
    if alpha {
        for n in WINDOWS..WINDOWS + 2 {
            let make = Make { unmanaged: true, transient: owner, alpha: true, ..MAKE };
            mine.push(good.make(Plot { paint: Some(0x6030_2010), ..plot(n, make) }));
        }
    }
    let first = u32::try_from(mine.len()).unwrap();
    let theirs: Vec<u32> = (first..first + 2).map(|n| bad.make(plot(n, MAKE))).collect();
    let watch = Watch::open(server, SCREEN);
    let client = Client::new(&server.display);
    let allowed = mine.iter().copied().collect();
    let (inner, last) = (Vec::new(), None);
    Stage { watch, client, mine, theirs, allowed, inner, last, frames: 0, compared: 0, plain: !alpha }
}

fn run(alpha: bool) {
    let server = Server::start();
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let mut stage = stage(&server, &mut good, &mut bad, alpha);
    let mut dice = Dice(number("EYELID_TEST_SEED", 20_261_129));
    let ops = number("EYELID_TEST_OPS", 300);
    for _ in 0..ops {
        stage.stir(&mut dice);
        // Bursts, and dwells in which windows come to rest.
        dwell(dice.pick(&[0, 0, 20, 60, 400]), || {
            stage.compose();
            stage.watch.drain();
        });
        if dice.below(2) == 0 {
            stage.compare();
        }
    }
    println!("{} frames, {} compared", stage.frames, stage.compared);
    assert!(stage.compared > ops / 10, "{} of {ops} were compared", stage.compared);
    // All of them calm, and long enough for every window to be quiet: then a single small change.
    stage.allowed.extend(stage.mine.iter().copied());
    for round in 0..3 {
        dwell(2500, || {
            stage.compose();
            stage.watch.drain();
        });
        for (n, id) in (0..).zip(stage.mine.clone()) {
            stage.client.raise(id);
            let spot = Rectangle { x: 20 + 3 * round, y: 30, width: 2, height: 2 };
            stage.client.fill(id, colour(n, 200), spot);
        }
        crate::watch::until("a comparison", || stage.compare().then_some(()));
    }
}

#[test]
fn a_picture_drawn_bit_by_bit_is_what_it_would_be_if_drawn_from_nothing() {
    run(false);
}

#[test]
fn windows_that_are_seen_through_are_kept_as_well_as_others() {
    run(true);
}
