//! The pill: drawn, dragged, clicked, and watched.

use platform::{Event, Hidden, PillFace, PillShape, PillVisible, StreamSwitches};
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, PropMode, Rectangle};
use x11rb::wrapper::ConnectionExt as _;

use crate::client::{Client, MAKE, Make};
use crate::server::Server;
use crate::watch::Watch;

fn face(shape: PillShape, text: &str) -> PillFace {
    PillFace { shape, text: text.into(), ..PillFace::default() }
}

fn recording(server: &Server) -> Watch {
    let mut watch = Watch::open(server, StreamSwitches::default());
    watch.display.set_pill(face(PillShape::Open, "Recording")).unwrap();
    assert!(watch.display.pill_visible().unwrap().ok);
    watch.drain();
    watch
}

fn last(events: &[Event]) -> Option<&PillVisible> {
    events.iter().rev().find_map(|e| if let Event::PillVisibility(_, v) = e { Some(v) } else { None })
}

fn wait_for(watch: &mut Watch, reason: Option<Hidden>) {
    watch.wait(&format!("{reason:?}"), |e| last(e).filter(|v| v.reason == reason && v.ok == reason.is_none()).cloned());
    assert_eq!(watch.display.pill_visible().unwrap().reason, reason);
}

#[test]
fn half_covered_is_seen_and_fully_covered_is_not() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = recording(&server);
    let (x, y, w, h) = client.rect(client.pills()[0]);
    assert!((500..700).contains(&x) && y < 20 && h == 30, "{x} {y} {w} {h}");
    let cover =
        client.make("cover", Make { at: (x, y + 200), size: (w, h), unmanaged: true, colour: Some(0x336699), ..MAKE });
    watch.settle();
    assert!(watch.display.pill_visible().unwrap().ok);
    client.place(cover, i32::from(x) + i32::from(w) / 2 + 2, y.into());
    let half = watch.display.pill_visible().unwrap();
    assert!(half.ok && half.monitors[0].fraction < 0.6, "{half:?}");
    client.place(cover, x.into(), y.into());
    wait_for(&mut watch, Some(Hidden::Covered));
    // With a hole cut where the pill is, it is seen again.
    client.shape(cover, &[Rectangle { x: 0, y: 0, width: 5, height: 5 }]);
    wait_for(&mut watch, None);
    client.shape(cover, &[Rectangle { x: 0, y: 0, width: w, height: h }]);
    wait_for(&mut watch, Some(Hidden::Covered));
    assert!(watch.display.raise_pill());
    wait_for(&mut watch, None);
    assert!(!watch.display.raise_pill(), "not twice in ten seconds");
    client.raise(cover);
    wait_for(&mut watch, Some(Hidden::Covered));
    // That it calls itself transparent makes it no less of a cover.
    let opacity = client.atom("_NET_WM_WINDOW_OPACITY");
    client.conn.change_property32(PropMode::REPLACE, cover, opacity, AtomEnum::CARDINAL, &[0]).unwrap();
    client.sync();
    watch.settle();
    assert_eq!(watch.display.pill_visible().unwrap().reason, Some(Hidden::Covered));
    client.conn.destroy_window(cover).unwrap();
    client.sync();
    wait_for(&mut watch, None);
}

#[test]
fn it_is_covered_while_frames_are_composed_too() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = recording(&server);
    watch.display.set_streams(StreamSwitches { screen: true, ..StreamSwitches::default() }).unwrap();
    let _ = watch.display.compose(&|_| true).unwrap();
    let (x, y, w, h) = client.rect(client.pills()[0]);
    client.make("cover", Make { at: (x, y), size: (w, h), unmanaged: true, colour: Some(0), ..MAKE });
    wait_for(&mut watch, Some(Hidden::Covered));
}

#[test]
fn unmapped_transparent_cut_moved_away_and_destroyed_each_have_their_name() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = recording(&server);
    let pill = client.pills()[0];
    let (x, y, ..) = client.rect(pill);

    client.conn.unmap_window(pill).unwrap();
    client.sync();
    wait_for(&mut watch, Some(Hidden::Unmapped));
    client.conn.map_window(pill).unwrap();
    client.sync();
    wait_for(&mut watch, None);

    let opacity = client.atom("_NET_WM_WINDOW_OPACITY");
    client.conn.change_property32(PropMode::REPLACE, pill, opacity, AtomEnum::CARDINAL, &[0x1000_0000]).unwrap();
    client.sync();
    wait_for(&mut watch, Some(Hidden::Transparent));
    client.conn.delete_property(pill, opacity).unwrap();
    client.sync();
    wait_for(&mut watch, None);

    client.place(pill, -120, y.into());
    wait_for(&mut watch, Some(Hidden::OffScreen));
    client.place(pill, x.into(), y.into());
    wait_for(&mut watch, None);

    client.shape(pill, &[Rectangle { x: 0, y: 0, width: 8, height: 8 }]);
    wait_for(&mut watch, Some(Hidden::Shaped));
    // Raising mends all of it.
    assert!(watch.display.raise_pill());
    wait_for(&mut watch, None);
    client.conn.destroy_window(pill).unwrap();
    client.sync();
    wait_for(&mut watch, Some(Hidden::Unmapped));
}

#[test]
fn a_change_of_face_never_counts_as_hidden() {
    let server = Server::start();
    let mut watch = recording(&server);
    for i in 0..20 {
        let shape = [PillShape::Open, PillShape::Half, PillShape::Closed, PillShape::Crossed][i % 4];
        let text = ["Recording", "Paused 14:03", "Off", ""][i % 4];
        watch.display.set_pill(PillFace { small: i % 5 == 0, fade: i % 3 == 0, ..face(shape, text) }).unwrap();
        assert!(watch.display.pill_visible().unwrap().ok);
    }
    watch.settle();
    let hidden = watch.events.iter().filter(|e| matches!(e, Event::PillVisibility(_, v) if !v.ok)).count();
    assert_eq!(hidden, 0);
}

#[test]
fn a_click_is_dated_at_its_press_and_a_drag_is_remembered() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = recording(&server);
    let (x, y, w, _) = client.rect(client.pills()[0]);
    client.point(x + 20, y + 15);
    let before = platform::boot_now();
    client.fake(4, 1);
    let after = platform::boot_now();
    client.fake(5, 1);
    let at =
        watch.wait("a click", |e| e.iter().find_map(|e| if let Event::PillClicked(t) = e { Some(*t) } else { None }));
    assert!(at.0 + 2 >= before.0 && at.0 <= after.0 + 2, "{before:?} {at:?} {after:?}");
    client.fake(4, 1);
    client.point(x + 120, y + 215);
    client.fake(5, 1);
    let moved = watch.wait("a drag", |e| {
        e.iter().find_map(|e| {
            if let Event::PillMoved { monitor, x, y } = e { Some((monitor.clone(), *x, *y)) } else { None }
        })
    });
    assert!(!moved.0.is_empty());
    // The server serves its clients in no certain order: that the pill was moved it says to its owner first.
    watch.settle();
    let now = client.rect(client.pills()[0]);
    assert_eq!((now.0, now.1), (x + 100, y + 200));
    assert_eq!(watch.events.iter().filter(|e| matches!(e, Event::PillClicked(_))).count(), 1);
    // The same place next time.
    drop(watch);
    let options = platform::OpenOptions {
        display: Some(server.display.clone()),
        pill_places: [(moved.0, (moved.1, moved.2))].into(),
    };
    let mut display = platform::Display::open(options).unwrap();
    display.set_pill(face(PillShape::Open, "Recording")).unwrap();
    display.pill_visible().unwrap();
    let now = client.rect(client.pills()[0]);
    assert_eq!((now.0, now.1, now.2), (x + 100, y + 200, w));
}

#[test]
fn each_monitor_has_its_pill_and_each_counts() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = recording(&server);
    let output = client.conn.randr_get_screen_resources_current(client.root).unwrap().reply().unwrap().outputs[0];
    for (name, x, outputs) in [("left", 0, vec![output]), ("right", 640, vec![])] {
        let info = MonitorInfo {
            name: client.atom(name),
            primary: false,
            automatic: false,
            x,
            y: 0,
            width: 640,
            height: 800,
            width_in_millimeters: 200,
            height_in_millimeters: 250,
            outputs,
        };
        client.conn.randr_set_monitor(client.root, info).unwrap();
    }
    client.sync();
    watch.wait("two pills", |e| last(e).filter(|v| v.ok && v.monitors.len() == 2).cloned());
    let pills = client.pills();
    assert_eq!(pills.len(), 2);
    let right = pills.iter().copied().find(|p| client.rect(*p).0 > 640).unwrap();
    client.conn.unmap_window(right).unwrap();
    client.sync();
    wait_for(&mut watch, Some(Hidden::Unmapped));
    client.conn.randr_delete_monitor(client.root, client.atom("right")).unwrap();
    client.sync();
    watch.wait("one pill", |e| last(e).filter(|v| v.ok && v.monitors.len() == 1).cloned());
}
