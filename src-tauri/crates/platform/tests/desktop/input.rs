//! Focus, keys, pointer, chords.

use std::collections::HashSet;

use platform::{ChordId, Event, Focus, KeyEvent, Kind, StreamSwitches, WindowId};
use x11rb::connection::{Connection, RequestConnection as _};
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xinput::{
    ConnectionExt as _, Device, DeviceType, HierarchyChange, HierarchyChangeData, HierarchyChangeDataAddMaster,
    XIDeviceInfo,
};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, GrabMode, InputFocus, PropMode};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::wrapper::ConnectionExt as _;

use crate::client::{Client, MAKE, Make};
use crate::pointer::{pressed, presses};
use crate::server::Server;
use crate::watch::{ALL, Watch, until};

const A: u32 = 0x61;
const CTRL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const SHIFT: u32 = 0xffe1;

fn keys(events: &[Event]) -> Vec<&KeyEvent> {
    events.iter().filter_map(|e| if let Event::Key(_, k) = e { Some(k) } else { None }).collect()
}

#[test]
fn keys_belong_to_the_window_that_got_them_over_two_hundred_switches() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let typist = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let windows: Vec<u32> =
        (0..3i16).map(|i| client.make("w", Make { at: (50 + i * 320, 100), colour: Some(0x203040), ..MAKE })).collect();
    until("mapped", || windows.iter().all(|w| client.rect(*w).1 > 0).then_some(()));
    watch.wait_focus(windows[2]);
    let letters: Vec<u8> = (0..26).map(|i| typist.keycode(A + i)).collect();
    let mut pressed = 0;
    for n in 0..200usize {
        let to = windows[n % 3];
        if n % 2 == 0 {
            client.activate(to)
        } else {
            client.focus(to)
        }
        for k in 0..=(n % 3) {
            typist.key(letters[(n + k) % 26]);
            pressed += 1;
        }
        watch.drain();
    }
    watch.wait("all keys", |e| (keys(e).len() >= pressed).then_some(()));
    watch.settle();
    // The truth: what the windows themselves received.
    let mut truth = Vec::new();
    while let Some(event) = client.conn.poll_for_event().unwrap() {
        if let XEvent::KeyPress(e) = event {
            truth.push((u32::from(e.detail), e.event));
        }
    }
    let seen = keys(&watch.events);
    assert_eq!(seen.len(), pressed);
    let mut received = truth.iter();
    let mut unknown = 0;
    for key in &seen {
        match key.focus {
            Focus::Window(w) => {
                // Keys that no window claims are those that no window of ours may have got either.
                let got = received.by_ref().find(|(code, _)| *code == key.keycode).expect("a window got it");
                assert_eq!(WindowId(got.1.into()), w);
            }
            Focus::Nothing | Focus::Grabbed | Focus::Unknown => {
                unknown += 1;
                assert!(key.text.is_none());
            }
        }
    }
    assert!(unknown * 4 < seen.len(), "{unknown} unknown");
    println!("{} keys, {unknown} without a window, {} received", seen.len(), truth.len());
}

#[test]
fn a_second_keyboard_and_pointer_are_not_heard_and_change_nothing_of_the_first() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let here = client.make("here", Make { at: (50, 100), colour: Some(0x203040), ..MAKE });
    let there = client.make("there", Make { at: (500, 100), colour: Some(0x203040), ..MAKE });
    watch.wait_focus(there);
    client.focus(here);
    watch.wait_focus(here);
    let second = Second::add(&client);
    client.conn.xinput_xi_set_focus(there, x11rb::CURRENT_TIME, second.keyboard).unwrap();
    client.sync();
    assert_eq!(client.conn.xinput_xi_get_focus(second.keyboard).unwrap().reply().unwrap().focus, there);
    let (a, b, c) = (client.keycode(A), client.keycode(A + 1), client.keycode(A + 2));
    assert_eq!(received(&client), []);
    for _ in 0..20 {
        client.key(a);
        second.key(&client, b);
        client.key(c);
    }
    client.sync();
    let got = received(&client);
    assert_eq!(got.iter().filter(|k| **k == (u32::from(b), there)).count(), 20, "the second one types: {got:?}");
    watch.wait("the keys of the first", |e| (keys(e).len() >= 40).then_some(()));
    watch.settle();
    let heard: Vec<_> = keys(&watch.events).iter().map(|k| (k.focus, k.text.as_deref().cloned())).collect();
    let of = |text: &str| (Focus::Window(WindowId(here.into())), Some(text.to_owned()));
    let expected: Vec<_> = (0..20).flat_map(|_| [of("a"), of("c")]).collect();
    assert_eq!(heard, expected);

    // The second one's pointer clicks in one window, the first one's in the other.
    let (left, top, ..) = client.rect(here);
    client.point(left + 30, top + 40);
    let (x, y, ..) = client.rect(there);
    second.click_at(&client, x + 10, y + 10);
    client.fake(4, 1);
    client.fake(5, 1);
    pressed(&mut watch, 1);
    watch.settle();
    let [click] = presses(&watch.events)[..] else { panic!("{:?}", presses(&watch.events)) };
    assert_eq!(click.window, Some(WindowId(here.into())));
    assert!((30..=40).contains(&click.x) && (40..=80).contains(&click.y), "{click:?}");
}

/// The keys that the windows themselves got: which key, which window.
fn received(client: &Client) -> Vec<(u32, u32)> {
    let mut got = Vec::new();
    while let Some(event) = client.conn.poll_for_event().unwrap() {
        if let XEvent::KeyPress(e) = event {
            got.push((u32::from(e.detail), e.event));
        }
    }
    got
}

/// A keyboard and a pointer beside the server's first ones, and what presses them.
struct Second {
    keyboard: u16,
    pointer: u16,
    keys: u8,
    buttons: u8,
    /// The number of the input extension's first event.
    first_event: u8,
}

impl Second {
    fn add(client: &Client) -> Second {
        client.conn.xinput_xi_query_version(2, 2).unwrap().reply().unwrap();
        let name = b"second";
        let add = HierarchyChangeDataAddMaster { send_core: true, enable: true, name: name.to_vec() };
        // In units of four bytes: the head, and the name with its padding.
        let len = u16::try_from(2 + name.len().div_ceil(4)).unwrap();
        let change = HierarchyChange { len, data: HierarchyChangeData::AddMaster(add) };
        client.conn.xinput_xi_change_hierarchy(&[change]).unwrap().check().unwrap();
        let devices = client.conn.xinput_xi_query_device(u16::from(Device::ALL)).unwrap().reply().unwrap().infos;
        let find = |kind: DeviceType| {
            let mine = |d: &&XIDeviceInfo| d.type_ == kind && d.name.starts_with(name);
            devices.iter().find(mine).map(|d| d.deviceid).unwrap()
        };
        let extension = x11rb::protocol::xinput::X11_EXTENSION_NAME;
        Second {
            keyboard: find(DeviceType::MASTER_KEYBOARD),
            pointer: find(DeviceType::MASTER_POINTER),
            keys: u8::try_from(find(DeviceType::SLAVE_KEYBOARD)).unwrap(),
            buttons: u8::try_from(find(DeviceType::SLAVE_POINTER)).unwrap(),
            first_event: client.conn.extension_information(extension).unwrap().unwrap().first_event,
        }
    }

    fn fake(&self, client: &Client, kind: u8, detail: u8, (x, y): (i16, i16), device: u8) {
        let kind = self.first_event + kind;
        client.conn.xtest_fake_input(kind, detail, 0, client.root, x, y, device).unwrap().check().unwrap();
        client.sync();
    }

    fn key(&self, client: &Client, keycode: u8) {
        self.fake(client, 1, keycode, (0, 0), self.keys);
        self.fake(client, 2, keycode, (0, 0), self.keys);
    }

    fn click_at(&self, client: &Client, x: i16, y: i16) {
        let place = (i32::from(x) << 16, i32::from(y) << 16);
        client.conn.xinput_xi_warp_pointer(0, client.root, 0, 0, 0, 0, place.0, place.1, self.pointer).unwrap();
        self.fake(client, 3, 1, (0, 0), self.buttons);
        self.fake(client, 4, 1, (0, 0), self.buttons);
    }
}

#[test]
fn keys_that_fall_back_to_a_frame_are_nobodys() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    // A frame of our own, so that no window manager takes the focus away at once.
    let frame = client.make("frame", Make { unmanaged: true, size: (400, 300), colour: Some(0x404040), ..MAKE });
    let window = client.make("w", Make { unmanaged: true, colour: Some(0x203040), ..MAKE });
    client.conn.reparent_window(window, frame, 20, 20).unwrap();
    let normal = [1, 0];
    let state = client.atom("WM_STATE");
    client.conn.change_property32(PropMode::REPLACE, window, state, state, &normal).unwrap();
    client.conn.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
    client.sync();
    watch.wait_focus(window);
    let a = client.keycode(A);
    client.key(a);
    client.conn.unmap_window(window).unwrap();
    client.sync();
    assert_eq!(client.conn.get_input_focus().unwrap().reply().unwrap().focus, frame);
    client.key(a);
    // Whoever comes only now has to ask where the focus is.
    let mut late = Watch::open(&server, ALL);
    late.settle();
    client.key(a);
    watch.wait("three keys", |e| (keys(e).len() >= 3).then_some(()));
    late.wait("a key", |e| (!keys(e).is_empty()).then_some(()));
    let of = |key: &KeyEvent| (key.focus, key.text.is_some());
    assert_eq!(of(keys(&watch.events)[0]), (Focus::Window(WindowId(window.into())), true));
    assert_eq!(of(keys(&watch.events)[1]), (Focus::Nothing, false));
    assert_eq!(of(keys(&late.events)[0]), (Focus::Nothing, false));
}

#[test]
fn text_shortcuts_and_layouts_are_read_as_a_person_means_them() {
    let mut server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let id = client.make("w", Make { colour: Some(0x203040), ..MAKE });
    watch.wait_focus(id);
    let a = client.keycode(A);
    let (ctrl, shift) = (client.keycode(CTRL), client.keycode(SHIFT));
    client.key(a);
    client.fake(2, shift);
    client.key(a);
    client.fake(3, shift);
    client.fake(2, ctrl);
    client.key(a);
    client.fake(3, ctrl);
    client.key(client.keycode(0xff0d));
    client.key(client.keycode(0xff08));
    watch.wait("seven keys", |e| (keys(e).len() >= 7).then_some(()));
    let text: String = keys(&watch.events).iter().filter_map(|k| k.text.as_ref().map(|t| t.to_string())).collect();
    assert_eq!(text, "aA\n");
    let shortcuts: Vec<_> = keys(&watch.events).iter().filter_map(|k| k.shortcut.clone()).collect();
    assert_eq!(shortcuts, ["Ctrl+A", "BackSpace"]);
    let debug = format!("{:?}", watch.events);
    assert!(!debug.contains("\"a\"") && !debug.contains("Ctrl+A") && !debug.contains("BackSpace"));

    // A Greek layout, then a dead key of a German one.
    server.run("setxkbmap", &["gr"]);
    let before = keys(&watch.events).len();
    let greek = until("Greek", || {
        client.key(a);
        watch.settle();
        keys(&watch.events)[before..].iter().find_map(|k| k.text.as_ref().filter(|t| t.as_str() == "α").cloned())
    });
    assert_eq!(greek.as_str(), "α");
    server.run("setxkbmap", &["de"]);
    until("German", || {
        let before = keys(&watch.events).len();
        client.key(21);
        client.key(a);
        watch.settle();
        let text: Vec<_> = keys(&watch.events)[before..].iter().filter_map(|k| k.text.clone()).collect();
        (text.iter().map(|t| t.as_str()).collect::<String>() == "á").then_some(())
    });
}

#[test]
fn a_keyboard_grab_hides_content_and_not_the_chord() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    watch.display.set_chords(&[(ChordId(7), "Ctrl+Alt+P".parse().unwrap())]).unwrap();
    let id = client.make("w", Make { colour: Some(0x203040), ..MAKE });
    watch.wait_focus(id);
    let menu = client.make("menu", Make { at: (300, 300), unmanaged: true, colour: Some(0x404040), ..MAKE });
    until("grab", || {
        let grab = client.conn.grab_keyboard(true, menu, 0u32, GrabMode::ASYNC, GrabMode::ASYNC).unwrap();
        (u8::from(grab.reply().unwrap().status) == 0).then_some(())
    });
    watch.wait("grabbed", |e| {
        (e.iter().rev().find_map(|e| if let Event::Focus(_, f) = e { Some(*f) } else { None }) == Some(Focus::Grabbed))
            .then_some(())
    });
    client.key(client.keycode(A));
    let (ctrl, alt, p) = (client.keycode(CTRL), client.keycode(ALT), client.keycode(0x70));
    client.fake(2, ctrl);
    client.fake(2, alt);
    client.key(p);
    client.fake(3, alt);
    client.fake(3, ctrl);
    watch.wait("the chord", |e| e.iter().any(|e| matches!(e, Event::Chord(_, ChordId(7)))).then_some(()));
    for key in keys(&watch.events) {
        assert_eq!(key.focus, Focus::Grabbed);
        assert!(key.text.is_none() && key.shortcut.is_none());
    }
    client.conn.ungrab_keyboard(0u32).unwrap();
    client.sync();
    watch.wait_focus(id);
    client.key(client.keycode(A));
    watch.wait("content again", |e| keys(e).last().and_then(|k| k.text.clone()).filter(|t| t.as_str() == "a"));
    assert_eq!(watch.events.iter().filter(|e| matches!(e, Event::Chord(..))).count(), 1);
}

#[test]
fn a_grab_is_known_from_a_focus_that_changes_beneath_it() {
    let server = Server::bare();
    let client = Client::new(&server.display);
    let first = client.make("first", MAKE);
    let second = client.make("second", Make { at: (500, 100), ..MAKE });
    let lock = client.make("", Make { unmanaged: true, ..MAKE });
    let mut watch = Watch::open(&server, ALL);
    let got = |watch: &mut Watch, client: &Client, wanted: Focus| {
        watch.settle();
        watch.events.clear();
        client.key(client.keycode(A));
        watch.wait("the key", |e| keys(e).first().map(|k| (k.focus, k.text.is_some())))
            == (wanted, wanted != Focus::Grabbed)
    };
    let window = |id: u32| Focus::Window(WindowId(id.into()));
    // Nobody has the focus when it begins; or the very window that grabs.
    for (before, grabs) in [(0, lock), (first, first)] {
        client.focus(before);
        let grab = client.conn.grab_keyboard(false, grabs, x11rb::CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC);
        grab.unwrap().reply().unwrap();
        client.focus(second);
        assert!(got(&mut watch, &client, Focus::Grabbed));
        client.conn.ungrab_keyboard(x11rb::CURRENT_TIME).unwrap();
        client.sync();
        assert!(got(&mut watch, &client, window(second)));
    }
    // Back where it was when the grab ends: nothing tells of the end but the next change.
    client.focus(first);
    let grab = client.conn.grab_keyboard(false, first, x11rb::CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC);
    grab.unwrap().reply().unwrap();
    client.focus(second);
    client.focus(first);
    client.conn.ungrab_keyboard(x11rb::CURRENT_TIME).unwrap();
    client.focus(second);
    assert!(got(&mut watch, &client, window(second)));
}

#[test]
fn a_focus_that_follows_the_pointer_is_unknown() {
    // A window manager would bring the focus back at once.
    let server = Server::bare();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, ALL);
    let id = client.make("w", Make { colour: Some(0x203040), ..MAKE });
    client.focus(id);
    watch.wait_focus(id);
    client.focus(u32::from(InputFocus::POINTER_ROOT));
    watch.wait("an unknown focus", |e| {
        let last = e.iter().rev().find_map(|e| if let Event::Focus(_, f) = e { Some(*f) } else { None });
        last.filter(|f| *f == Focus::Unknown)
    });
    client.focus(id);
    watch.wait_focus(id);
}

#[test]
fn no_sensor_of_a_stream_that_is_off_says_anything() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut watch = Watch::open(&server, StreamSwitches::default());
    watch.display.set_chords(&[(ChordId(1), "Ctrl+Alt+P".parse().unwrap())]).unwrap();
    let id = client.make("private title", Make { colour: Some(0x203040), ..MAKE });
    watch.wait_focus(id);
    client.key(client.keycode(A));
    client.point(200, 200);
    client.fake(4, 1);
    client.fake(5, 1);
    client.title(id, "another private title");
    assert!(watch.display.compose(&|_| true).unwrap().is_none());
    watch.settle();
    for event in &watch.events {
        match event {
            Event::Key(..) | Event::Pointer(..) | Event::ScreenChanged(_) => panic!("{event:?}"),
            Event::Window(_, facts) => assert!(facts.title.is_none()),
            Event::WindowGone(..)
            | Event::Focus(..)
            | Event::Chord(..)
            | Event::PillClicked(_)
            | Event::PillMoved { .. }
            | Event::PillVisibility(..)
            | Event::UpTo(_) => {}
        }
    }
    // And with everything on, nothing of it is in Debug.
    watch.display.set_streams(ALL).unwrap();
    watch.settle();
    assert!(watch.events.iter().any(|e| matches!(e, Event::Window(_, f) if f.title.is_some())));
    assert!(!format!("{:?}", watch.events).contains("private title"));
}

/// A window that has the focus, and its place.
#[test]
fn no_window_is_missed_that_came_while_the_display_was_opened() {
    let server = Server::bare();
    let client = Client::new(&server.display);
    for round in 0..40 {
        let (mut watch, made) = std::thread::scope(|scope| {
            let making = scope.spawn(|| (0..300).map(|_| client.appear()).collect::<Vec<u32>>());
            (Watch::open(&server, ALL), making.join().unwrap())
        });
        watch.wait(&format!("all windows of round {round}"), |e| {
            let id = |e: &Event| if let Event::Window(_, f) = e { Some(f.id) } else { None };
            let seen: HashSet<WindowId> = e.iter().filter_map(id).collect();
            made.iter().all(|id| seen.contains(&WindowId((*id).into()))).then_some(())
        });
        for id in made {
            client.conn.destroy_window(id).unwrap();
        }
        client.sync();
    }
}

#[test]
fn a_window_that_was_being_framed_while_the_display_was_opened_is_known() {
    let server = Server::bare();
    let client = Client::new(&server.display);
    let frame = client.make("", Make { unmanaged: true, ..MAKE });
    client.conn.delete_property(frame, AtomEnum::WM_CLASS.into()).unwrap();
    let inner = client.make("inner", MAKE);
    client.conn.reparent_window(inner, frame, 5, 20).unwrap();
    client.sync();
    let mut watch = Watch::open(&server, ALL);
    watch.settle();
    // The rest of what a window manager does.
    let (state, list) = (client.atom("WM_STATE"), client.atom("_NET_CLIENT_LIST"));
    client.conn.change_property32(PropMode::REPLACE, inner, state, state, &[1, 0]).unwrap();
    client.conn.change_property32(PropMode::REPLACE, client.root, list, AtomEnum::WINDOW, &[inner]).unwrap();
    client.sync();
    watch.wait("the window within", |e| {
        e.iter().any(|e| matches!(e, Event::Window(_, f) if f.title.as_deref() == Some("inner"))).then_some(())
    });
    watch.wait("that its frame is no window of its own", |e| {
        e.iter().any(|e| matches!(e, Event::WindowGone(_, w) if *w == WindowId(frame.into()))).then_some(())
    });
}

#[test]
fn windows_are_described_with_the_servers_own_knowledge_of_their_process() {
    let server = Server::start();
    let client = Client::new(&server.display);
    // One from before, one from after.
    let early = client.make("early", Make { colour: Some(0x203040), ..MAKE });
    let mut watch = Watch::open(&server, ALL);
    let late = client.make("late", Make { colour: Some(0x203040), ..MAKE });
    let me = std::process::id();
    for (id, title) in [(early, "early"), (late, "late")] {
        let facts = watch.wait("facts", |e| {
            e.iter().rev().find_map(|e| match e {
                Event::Window(_, f) if f.id == WindowId(id.into()) => Some(f.clone()),
                _ => None,
            })
        });
        // The windows are this very process's, which is the pill's too.
        assert_eq!(facts.pid, Some(me));
        assert_eq!(facts.kind, Kind::Own);
        assert_eq!(facts.title.as_deref(), Some(title));
        assert!(facts.class.unwrap().starts_with("Test"));
    }
    client.title(late, "renamed");
    watch.wait("the new title", |e| {
        e.iter().any(|e| matches!(e, Event::Window(_, f) if f.title.as_deref() == Some("renamed"))).then_some(())
    });
    client.conn.destroy_window(late).unwrap();
    client.sync();
    watch.wait("it is gone", |e| {
        e.iter().any(|e| matches!(e, Event::WindowGone(_, w) if *w == WindowId(late.into()))).then_some(())
    });
}
