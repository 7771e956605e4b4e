//! Raw keys: text, shortcuts and control chords.

use std::ffi::OsString;

use x11rb::protocol::xinput::{self, ConnectionExt as _, DeviceId, KeyEventFlags, RawKeyPressEvent};
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::xcb_ffi::XCBConnection;
use xkbcommon::xkb::{self as xkbc, Keysym, compose};

use crate::chord::{Chord, ChordId};
use crate::types::{Event, Focus, KeyEvent, Zeroizing};
use crate::{Lost, OpenError};

use super::Display;

const MODIFIERS: [&str; 4] = [xkbc::MOD_NAME_CTRL, xkbc::MOD_NAME_ALT, xkbc::MOD_NAME_SHIFT, xkbc::MOD_NAME_LOGO];

struct SetChord {
    id: ChordId,
    /// Ctrl, Alt, Shift, Super.
    modifiers: [bool; 4],
    key: Keysym,
}

pub(super) struct Keys {
    context: xkbc::Context,
    keymap: Option<xkbc::Keymap>,
    state: Option<xkbc::State>,
    compose: Option<compose::State>,
    chords: Vec<SetChord>,
    selected: bool,
}

impl Keys {
    pub(super) fn new(conn: &XCBConnection) -> Result<Keys, OpenError> {
        let (mut a, mut b, mut c, mut d) = (0, 0, 0, 0);
        let flags = xkbc::x11::SetupXkbExtensionFlags::NoFlags;
        if !xkbc::x11::setup_xkb_extension(conn, 1, 0, flags, &mut a, &mut b, &mut c, &mut d) {
            return Err(OpenError::MissingExtension { name: "XKEYBOARD" });
        }
        let context = xkbc::Context::new(xkbc::CONTEXT_NO_DEFAULT_INCLUDES);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .filter_map(std::env::var_os)
            .find(|v| !v.is_empty())
            .unwrap_or_else(|| OsString::from("C"));
        let table = compose::Table::new_from_locale(&context, &locale, compose::COMPILE_NO_FLAGS)
            .or_else(|()| compose::Table::new_from_locale(&context, "en_US.UTF-8".as_ref(), compose::COMPILE_NO_FLAGS))
            .ok();
        let compose = table.map(|t| compose::State::new(&t, compose::STATE_NO_FLAGS));
        Ok(Keys { context, keymap: None, state: None, compose, chords: Vec::new(), selected: false })
    }

    pub(super) fn keymap_changed(&mut self) {
        self.keymap = None;
        self.state = None;
    }

    pub(super) fn focus_changed(&mut self) {
        if let Some(c) = &mut self.compose {
            c.reset();
        }
    }

    pub(super) fn on_state(&mut self, e: &xkb::StateNotifyEvent) {
        if let Some(state) = &mut self.state {
            state.update_mask(
                u16::from(e.base_mods).into(),
                u16::from(e.latched_mods).into(),
                u16::from(e.locked_mods).into(),
                layout(e.base_group),
                layout(e.latched_group),
                u8::from(e.locked_group).into(),
            );
        }
    }

    /// The layout is fetched when first needed and after it changed: here we do wait for the server.
    fn load(&mut self, conn: &XCBConnection, keyboard: DeviceId) -> Option<()> {
        if self.state.is_some() {
            return Some(());
        }
        let device = i32::from(keyboard);
        let keymap = xkbc::x11::keymap_new_from_device(&self.context, conn, device, xkbc::KEYMAP_COMPILE_NO_FLAGS);
        if keymap.get_raw_ptr().is_null() {
            return None;
        }
        let state = xkbc::x11::state_new_from_device(&keymap, conn, device);
        if state.get_raw_ptr().is_null() {
            return None;
        }
        self.keymap = Some(keymap);
        self.state = Some(state);
        Some(())
    }

    fn chord(&self, key: xkbc::Keycode) -> Option<ChordId> {
        let (keymap, state) = (self.keymap.as_ref()?, self.state.as_ref()?);
        let held = MODIFIERS.map(|m| state.mod_name_is_active(m, xkbc::STATE_MODS_EFFECTIVE));
        let layouts = keymap.num_layouts_for_key(key);
        self.chords
            .iter()
            .find(|c| {
                c.modifiers == held && (0..layouts).any(|l| keymap.key_get_syms_by_level(key, l, 0).contains(&c.key))
            })
            .map(|c| c.id)
    }

    /// What the key typed, and what shortcut it was.
    fn read(&mut self, key: xkbc::Keycode) -> (Option<Zeroizing<String>>, Option<String>) {
        let Some(state) = &self.state else { return (None, None) };
        let sym = state.key_get_one_sym(key);
        if sym.is_modifier_key() {
            return (None, None);
        }
        let [ctrl, alt, shift, logo] = MODIFIERS.map(|m| state.mod_name_is_active(m, xkbc::STATE_MODS_EFFECTIVE));
        let text = if ctrl || alt || logo {
            None
        } else {
            let plain = || Some(Zeroizing::new(state.key_get_utf8(key)));
            match &mut self.compose {
                None => plain(),
                Some(c) => {
                    c.feed(sym);
                    match c.status() {
                        compose::Status::Nothing => plain(),
                        compose::Status::Composing => return (None, None),
                        compose::Status::Composed => {
                            let text = c.utf8().map(Zeroizing::new);
                            c.reset();
                            text
                        }
                        compose::Status::Cancelled => {
                            c.reset();
                            return (None, None);
                        }
                    }
                }
            }
        };
        let text = text.and_then(|t| match t.as_str() {
            "\r" | "\n" => Some(Zeroizing::new("\n".to_owned())),
            "\t" => Some(t),
            s if s.is_empty() || s.chars().any(char::is_control) => None,
            _ => Some(t),
        });
        if text.is_some() {
            return (text, None);
        }
        let mut name = String::new();
        for (on, part) in [(ctrl, "Ctrl+"), (alt, "Alt+"), (shift, "Shift+"), (logo, "Super+")] {
            if on {
                name.push_str(part);
            }
        }
        match sym.key_char().filter(|c| !c.is_control() && *c != ' ') {
            Some(c) => name.extend(c.to_uppercase()),
            None => name.push_str(&xkbc::keysym_get_name(sym)),
        }
        (None, Some(name))
    }
}

fn layout(group: i16) -> u32 {
    u32::from(group.cast_unsigned())
}

impl Display {
    /// Sets the control chords. They are matched in raw keys, of which nothing else is kept.
    pub fn set_chords(&mut self, chords: &[(ChordId, Chord)]) -> Result<(), Lost> {
        self.keys.chords = chords
            .iter()
            .map(|(id, c)| SetChord {
                id: *id,
                modifiers: [c.ctrl, c.alt, c.shift, c.super_],
                key: xkbc::keysym_from_name(&c.key, xkbc::KEYSYM_NO_FLAGS),
            })
            .collect();
        self.select_raw()?;
        self.leave()
    }

    /// Raw events of those streams only that are on.
    pub(super) fn select_raw(&mut self) -> Result<(), Lost> {
        let keys = self.streams.keys || !self.keys.chords.is_empty();
        let mut of_keyboard = xinput::XIEventMask::default();
        if keys {
            of_keyboard |= xinput::XIEventMask::RAW_KEY_PRESS;
        }
        let mut of_pointer = xinput::XIEventMask::default();
        if self.streams.pointer {
            of_pointer |= xinput::XIEventMask::RAW_BUTTON_PRESS;
            if self.pointer.wants_moves() {
                of_pointer |= xinput::XIEventMask::RAW_MOTION;
            }
        } else {
            self.pointer.forget();
        }
        let masks = [(self.seat.keyboard, of_keyboard), (self.seat.pointer, of_pointer)]
            .map(|(deviceid, mask)| xinput::EventMask { deviceid, mask: vec![mask] });
        self.conn.xinput_xi_select_events(self.root, &masks).map_err(|_| Lost)?.ignore_error();
        if keys != self.keys.selected {
            self.keys.selected = keys;
            self.select_layout(keys)?;
            self.keys.keymap_changed();
            if keys {
                self.keys.load(&self.conn, self.seat.keyboard);
            }
        }
        Ok(())
    }

    fn select_layout(&self, on: bool) -> Result<(), Lost> {
        let parts = xkb::StatePart::MODIFIER_BASE
            | xkb::StatePart::MODIFIER_LATCH
            | xkb::StatePart::MODIFIER_LOCK
            | xkb::StatePart::GROUP_BASE
            | xkb::StatePart::GROUP_LATCH
            | xkb::StatePart::GROUP_LOCK;
        let news = xkb::NKNDetail::KEYCODES | xkb::NKNDetail::DEVICE_ID;
        let map =
            xkb::MapPart::KEY_TYPES | xkb::MapPart::KEY_SYMS | xkb::MapPart::MODIFIER_MAP | xkb::MapPart::VIRTUAL_MODS;
        let affect = xkb::EventType::NEW_KEYBOARD_NOTIFY | xkb::EventType::MAP_NOTIFY | xkb::EventType::STATE_NOTIFY;
        let mut details = xkb::SelectEventsAux::new();
        let clear = if on { xkb::EventType::default() } else { affect };
        if on {
            details = details
                .new_keyboard_notify(xkb::SelectEventsAuxNewKeyboardNotify {
                    affect_new_keyboard: news,
                    new_keyboard_details: news,
                })
                .state_notify(xkb::SelectEventsAuxStateNotify { affect_state: parts, state_details: parts });
        }
        self.conn
            .xkb_select_events(self.seat.keyboard, clear, xkb::EventType::default(), map, map, &details)
            .map_err(|_| Lost)?;
        Ok(())
    }

    pub(super) fn on_raw_key(&mut self, e: &RawKeyPressEvent) {
        let at = self.stamp(e.time);
        if self.keys.load(&self.conn, self.seat.keyboard).is_none() {
            return;
        }
        let key = xkbc::Keycode::new(e.detail);
        let repeat = u32::from(e.flags) & u32::from(KeyEventFlags::KEY_REPEAT) != 0;
        if !repeat && let Some(id) = self.keys.chord(key) {
            self.out.push_back(Event::Chord(at, id));
        }
        if !self.streams.keys {
            return;
        }
        let focus = self.focus.get();
        let (text, shortcut) = match focus {
            Focus::Window(_) => self.keys.read(key),
            Focus::Nothing | Focus::Grabbed | Focus::Unknown => (None, None),
        };
        self.out.push_back(Event::Key(at, KeyEvent { focus, keycode: e.detail, text, shortcut, repeat }));
    }
}
