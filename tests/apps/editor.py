"""An editor: a window with a long text in it, that takes keys and scrolls.

Says {"ready": id} once its window is there, and ends with its input.
"""

import json
import sys

import gi

for library in ("Gdk", "GdkX11", "Gtk"):
    gi.require_version(library, "3.0")
# GdkX11 is what gives windows their get_xid.
from gi.repository import Gdk, GdkX11, GLib, Gtk  # noqa: E402,F401

title, text = sys.argv[1:]
GLib.set_prgname("notes")
Gdk.set_program_class("Notes")
window = Gtk.Window(title=title)
window.set_default_size(900, 600)
window.connect("destroy", Gtk.main_quit)
view = Gtk.TextView(monospace=True, wrap_mode=Gtk.WrapMode.WORD_CHAR)
with open(text, encoding="utf-8") as file:
    view.get_buffer().set_text(file.read())
view.get_buffer().place_cursor(view.get_buffer().get_start_iter())
scrolled = Gtk.ScrolledWindow()
scrolled.add(view)
window.add(scrolled)


def shown(*_):
    print(json.dumps({"ready": window.get_window().get_xid()}), flush=True)
    return False


GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: Gtk.main_quit())
window.connect("map-event", shown)
window.show_all()
view.grab_focus()
Gtk.main()
