//! The pointer: its ways, and whose each click is.

use std::time::Instant;

use platform::{Event, PointerEvent, PointerKind, WindowId};
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::client::{Client, MAKE, Make};
use crate::server::Server;
use crate::watch::{ALL, Watch, dwell, until};

fn moves(events: &[Event]) -> Vec<(i32, i32)> {
    let place = |e: &Event| match e {
        Event::Pointer(_, p) if p.kind == PointerKind::Move => Some((p.x, p.y)),
        _ => None,
    };
    events.iter().filter_map(place).collect()
}

#[test]
fn of_a_fast_mouse_it_is_told_where_it_goes_and_where_it_stops_and_little_more() {
    let server = Server::bare();
    let client = Client::new(&server.display);
    let id = client.make("w", Make { at: (0, 0), size: (1000, 700), colour: Some(0x203040), ..MAKE });
    let mut watch = Watch::open(&server, ALL);
    until("mapped", || (client.rect(id) == (0, 0, 1000, 700)).then_some(()));
    watch.settle();
    for round in 0..3i16 {
        watch.events.clear();
        let begun = Instant::now();
        let mut n = 0i16;
        dwell(1000, || {
            n += 1;
            client.point(100 + n % 400, 300);
            watch.drain();
        });
        let last = (100 + 5 * round, 100);
        client.point(last.0, last.1);
        let last = (last.0.into(), last.1.into());
        watch.wait("the end of the way", |e| (moves(e).last() == Some(&last)).then_some(()));
        let told = moves(&watch.events).len();
        // A tenth of a second apart, its begin and its end besides.
        assert!(told >= 2 && told as u128 <= begun.elapsed().as_millis() / 100 + 4, "{told} of {n}");
        // It rests: nobody looks any more, until it is told that it moves.
        until("rest", || {
            watch.drain();
            watch.display.look_due().is_none().then_some(())
        });
        assert_eq!(moves(&watch.events).len(), told);
    }
}

fn in_front(client: &Client, watch: &mut Watch) -> (WindowId, i16, i16) {
    let id = client.make("w", Make { colour: Some(0x203040), ..MAKE });
    watch.wait_focus(id);
    let (x, y, ..) = client.rect(id);
    (WindowId(id.into()), x, y)
}

/// The clicks and scrolls so far.
pub fn presses(events: &[Event]) -> Vec<PointerEvent> {
    let pointer = events.iter().filter_map(|e| if let Event::Pointer(_, p) = e { Some(*p) } else { None });
    pointer.filter(|p| p.kind != PointerKind::Move).collect()
}

/// The clicks and scrolls, once there are so many.
pub fn pressed(watch: &mut Watch, wanted: usize) -> Vec<PointerEvent> {
    watch.wait("clicks and scrolls", |e| Some(presses(e)).filter(|presses| presses.len() == wanted))
}

#[test]
fn clicks_and_scrolls_name_the_window_and_the_place() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let (id, x, y) = in_front(&client, &mut watch);
    client.point(x + 30, y + 40);
    client.fake(4, 1);
    client.fake(5, 1);
    client.fake(4, 5);
    client.fake(5, 5);
    let events = pressed(&mut watch, 2);
    let click = events.iter().find(|p| p.kind == PointerKind::Button(1)).unwrap();
    assert_eq!(click.window, Some(id));
    assert!((30..=40).contains(&click.x) && (40..=80).contains(&click.y), "{click:?}");
    assert!(events.iter().any(|p| p.kind == PointerKind::Scroll { dx: 0, dy: 1 }));
}

#[test]
fn a_click_on_a_window_that_goes_with_it_is_none_of_the_window_beneath() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let (id, x, y) = in_front(&client, &mut watch);
    let at = (x + 20, y + 20);
    let toast = client.make("toast", Make { at, size: (60, 40), colour: Some(1), unmanaged: true, ..MAKE });
    client.point(x + 30, y + 40);
    for round in 1..=50 {
        client.conn.map_window(toast).unwrap();
        client.sync();
        // It goes before anybody can ask what was clicked.
        client.fake(4, 1);
        client.conn.unmap_window(toast).unwrap();
        client.fake(5, 1);
        client.sync();
        assert_ne!(pressed(&mut watch, round)[round - 1].window, Some(id), "round {round}");
    }
    // Nor does one that only sinks beneath it.
    client.conn.map_window(toast).unwrap();
    for round in 51..=100 {
        client.raise(toast);
        client.fake(4, 1);
        client.lower(toast);
        client.fake(5, 1);
        client.sync();
        assert_ne!(pressed(&mut watch, round)[round - 1].window, Some(id), "round {round}");
    }
    // Without it, the window is clicked at the same place: once more, should this machine be slow to ask.
    until_clicked(&client, &mut watch, id);
}

/// Clicks until a click is this window's.
fn until_clicked(client: &Client, watch: &mut Watch, id: WindowId) {
    until("a click of the window", || {
        let before = presses(&watch.events).len();
        client.fake(4, 1);
        client.fake(5, 1);
        (pressed(watch, before + 1)[before].window == Some(id)).then_some(())
    });
}

#[test]
fn a_click_that_raises_its_window_is_that_windows() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let (id, x, y) = in_front(&client, &mut watch);
    let other = client.make("beside", Make { unmanaged: true, at: (x + 60, y), colour: Some(2), ..MAKE });
    let this = client.make("this", Make { unmanaged: true, at: (x + 20, y), colour: Some(1), size: (100, 60), ..MAKE });
    let mine = WindowId(this.into());
    client.point(x + 30, y + 10);
    let mut rounds = 0;
    until("twenty clicks of the window that they raise", || {
        client.raise(other);
        watch.settle();
        let before = presses(&watch.events).len();
        client.fake(4, 1);
        client.raise(this);
        client.fake(5, 1);
        let window = pressed(&mut watch, before + 1)[before].window;
        assert!(window.is_none() || window == Some(mine), "{window:?}, beneath it is {id:?}");
        rounds += usize::from(window == Some(mine));
        (rounds == 20).then_some(())
    });
}

#[test]
fn a_click_whose_place_is_asked_for_late_is_nobodys() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let (id, x, y) = in_front(&client, &mut watch);
    client.point(x + 30, y + 10);
    until_clicked(&client, &mut watch, id);
    for _ in 0..3 {
        let before = presses(&watch.events).len();
        client.fake(4, 1);
        client.fake(5, 1);
        // The recorder is kept from looking.
        dwell(300, || {});
        assert_eq!(pressed(&mut watch, before + 1)[before].window, None);
    }
}
