"""A window with a text field, and a password field if asked for.

Talks by lines: `text`, `password`, `keys`, `focus`, `announce`, `quit` on its input are
answered by one line of JSON on its output. It writes nothing to any file.
"""

import argparse
import json
import sys

import gi

gi.require_version("Atk", "1.0")
for library in ("Gdk", "GdkX11", "Gtk"):
    gi.require_version(library, "3.0")
# GdkX11 is what gives windows their get_xid.
from gi.repository import Atk, Gdk, GdkX11, GLib, Gtk  # noqa: E402,F401

parser = argparse.ArgumentParser()
parser.add_argument("--title", required=True)
parser.add_argument("--wm-class", required=True)
parser.add_argument("--place", default="80,120,480,160")
parser.add_argument("--password", action="store_true")
parser.add_argument("--menu", action="store_true")
options = parser.parse_args()

GLib.set_prgname(options.wm_class.lower())
Gdk.set_program_class(options.wm_class)
x, y, w, h = (int(part) for part in options.place.split(","))

window = Gtk.Window(title=options.title)
window.set_default_size(w, h)
window.move(x, y)
window.connect("destroy", Gtk.main_quit)
box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, border_width=16)
window.add(box)

keys = []


def pressed(widget, event):
    keys.append([event.time, event.hardware_keycode, widget.get_name()])
    return False


def field(name):
    entry = Gtk.Entry(name=name)
    entry.get_accessible().set_name(name)
    # Before the input method, which may keep keys for itself.
    entry.connect("key-press-event", pressed)
    box.pack_start(entry, False, False, 0)
    return entry


if options.menu:
    bar, root, menu = Gtk.MenuBar(), Gtk.MenuItem(label="File"), Gtk.Menu()
    for label in ("New", "Open", "Print"):
        menu.append(Gtk.MenuItem(label=label))
    root.set_submenu(menu)
    bar.append(root)
    box.pack_start(bar, False, False, 0)

fields = {"text": field("text")}
if options.password:
    fields["password"] = field("password")
    fields["password"].set_visibility(False)
    fields["password"].set_input_purpose(Gtk.InputPurpose.PASSWORD)


def say(value):
    print(json.dumps(value), flush=True)


def asked(_source, condition):
    line = sys.stdin.readline()
    if not line:
        Gtk.main_quit()
        return False
    word, _, rest = line.strip().partition(" ")
    if word in fields:
        say({word: fields[word].get_text()})
    elif word == "keys":
        say({"keys": keys})
    elif word == "focus":
        fields[rest].grab_focus()
        say({"focus": rest})
    elif word == "announce":
        # As a page in the background does whose script puts the focus somewhere.
        fields[rest].get_accessible().notify_state_change(Atk.StateType.FOCUSED, True)
        say({"announce": rest})
    elif word == "clear":
        for entry in fields.values():
            entry.set_text("")
        keys.clear()
        say({"clear": True})
    elif word == "title":
        window.set_title(rest)
        say({"title": rest})
    elif word == "quit":
        Gtk.main_quit()
    return True


def shown(*_):
    say({"ready": window.get_window().get_xid()})
    return False


GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, asked)
window.connect("map-event", shown)
window.show_all()
fields["text"].grab_focus()
Gtk.main()
