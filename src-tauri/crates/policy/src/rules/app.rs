//! Executables, window classes and application ids, brought to one form.

/// What an executable's path tells.
#[derive(Default)]
pub(super) struct Exe {
    /// The whole path, lower-case.
    pub path: String,
    /// The file name, lower-case.
    pub name: String,
    /// The Flatpak application id in the path, lower-case.
    pub flatpak: Option<String>,
    /// The Snap name in the path, lower-case.
    pub snap: Option<String>,
}

/// Takes a path apart. The kernel marks a program replaced while it runs; that mark is no part of its name.
pub(super) fn exe(path: &str) -> Exe {
    let path = path.trim().trim_end_matches(" (deleted)").to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let after = |mark: &str| {
        path.find(mark)
            .and_then(|at| path[at + mark.len()..].split('/').next())
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
    };
    let snap = ["/snap/", "/var/lib/snapd/snap/"]
        .iter()
        .find_map(|root| path.strip_prefix(root))
        .and_then(|rest| rest.split('/').next())
        .filter(|s| !s.is_empty())
        .map(str::to_owned);
    Exe { flatpak: after("/flatpak/app/"), snap, name, path }
}

/// The forms of an application id, lower-case: as it is; without the `.desktop` of its file, which may also be the
/// end of its name; and a web app's, `browser-ID-profile`, as its window class.
pub(super) fn app_ids(id: &str) -> Vec<String> {
    let id = id.trim().to_lowercase();
    let mut forms = Vec::with_capacity(2);
    if let Some(bare) = id.strip_suffix(".desktop") {
        forms.push(bare.to_owned());
    }
    let web_app = id.split('-').find(|part| part.len() == 32 && part.bytes().all(|b| (b'a'..=b'p').contains(&b)));
    forms.extend(web_app.map(crx));
    forms.push(id);
    forms
}

/// The window class of an installed web app.
pub(super) fn crx(id: &str) -> String {
    format!("crx_{id}")
}

/// The Snap name in an application id: `name_app`, or `snap.name.app`.
pub(super) fn snap_of(app_id: &str) -> Option<&str> {
    if let Some(rest) = app_id.strip_prefix("snap.") {
        return rest.split('.').next().filter(|s| !s.is_empty());
    }
    app_id.split_once('_').map(|(name, _)| name).filter(|s| !s.is_empty() && !s.contains('.'))
}

/// A window class or instance in one case, without the number Nativefier appends.
pub(super) fn class(class: &str) -> String {
    let class = class.trim().to_lowercase();
    match class.rsplit_once("-nativefier-") {
        Some((name, hash)) if !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_hexdigit()) => name.to_owned(),
        Some(_) | None => class,
    }
}

/// Programs that run others, and whose name therefore tells nothing.
pub(super) fn is_generic(name: &str) -> bool {
    const NAMES: [&str; 17] = [
        "electron",
        "java",
        "node",
        "nodejs",
        "python",
        "python2",
        "python3",
        "perl",
        "ruby",
        "mono",
        "wine",
        "wine64-preloader",
        "wine-preloader",
        "gjs",
        "gjs-console",
        "bwrap",
        "apprun",
    ];
    let name = name.to_lowercase();
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    NAMES.contains(&name.as_str()) || NAMES.contains(&base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_app_is_named_by_thirty_two_letters_from_a_to_p() {
        let id = "abcdefghijklmnopabcdefghijklmnop";
        assert_eq!(app_ids(&format!("chrome-{id}-Default")), [format!("crx_{id}"), format!("chrome-{id}-default")]);
        for other in ["abc", "abcdefghijklmnopabcdefghijklmnoz"] {
            assert_eq!(app_ids(&format!("chrome-{other}-default")), [format!("chrome-{other}-default")]);
        }
    }

    #[test]
    fn a_snap_is_named_before_the_first_underscore() {
        assert_eq!(snap_of("firefox_firefox"), Some("firefox"));
        assert_eq!(snap_of("snap.code.code"), Some("code"));
        for other in ["org.gnome_maps", "_firefox", "firefox", "snap."] {
            assert_eq!(snap_of(other), None, "{other}");
        }
    }
}
