//! Addresses and the sites they belong to.

use url::{Host, Url, form_urlencoded};

/// Where a document comes from, normalised for comparison.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Lower-case, ASCII (punycode), without a trailing dot; empty for addresses without a host.
    pub host: String,
    /// Lower-case, percent-decoded, without doubled slashes; starts with `/`.
    pub path: String,
}

/// What an address bar tells.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// A site, a page of the browser itself (host `about:`, `chrome:` ...) or a local file.
    Known(Address),
    /// A page of the browser itself that shows another, or stands where it was: its reader, an error, a sleeping tab.
    StandIn {
        /// Its own address.
        page: Address,
        /// The other's, if it tells.
        of: Option<Address>,
    },
    /// Nothing that names a site.
    Unknown,
}

/// A host, which covers the hosts below it, and the start of a path.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SitePattern {
    pub host: String,
    /// Whole segments, starts with `/`, does not end with one; empty for the whole site.
    pub path: String,
}

/// Schemes whose pages belong to the browser; Chromium's forks answer to `chrome:` too.
const INTERNAL: [&str; 7] = ["about", "chrome", "edge", "brave", "vivaldi", "opera", "moz-extension"];
/// Where such a page names the other that it stands for.
const NAMING: [&str; 4] = ["url", "u", "uri", "file"];
/// Pages of Firefox that are nothing by themselves.
const STAND_INS: [&str; 5] = ["reader", "neterror", "certerror", "blocked", "httpsonlyerror"];

/// Reads an address as a browser shows it, with or without its scheme.
pub(super) fn locate(text: &str) -> Location {
    locate_nested(text.trim(), 0)
}

fn locate_nested(text: &str, depth: u8) -> Location {
    let scheme = text.split_once(':').map(|(s, rest)| (s.to_ascii_lowercase(), rest));
    if let Some((scheme, rest)) = &scheme {
        match scheme.as_str() {
            "http" | "https" | "ws" | "wss" | "ftp" => {
                return from_url(text).map_or(Location::Unknown, Location::Known);
            }
            "view-source" | "blob" | "filesystem" if depth < 2 => return locate_nested(rest, depth + 1),
            "view-source" | "blob" | "filesystem" | "data" | "javascript" => return Location::Unknown,
            "file" => return Location::Known(Address { host: "file:".into(), path: "/".into() }),
            "chrome-extension" | "extension" => return internal("chrome-extension", rest, depth),
            s if INTERNAL.contains(&s) => return internal(s, rest, depth),
            _ => {}
        }
    }
    // An address bar hides the scheme; `host:8080/` is no scheme either.
    if text.is_empty() || text.contains(char::is_whitespace) || text.starts_with(['/', '?', '#', '.', '@']) {
        return Location::Unknown;
    }
    from_url(&format!("https://{text}"))
        .filter(|a| a.host.contains(['.', ':']) || a.host == "localhost")
        .map_or(Location::Unknown, Location::Known)
}

fn internal(scheme: &str, rest: &str, depth: u8) -> Location {
    let rest = rest.trim_start_matches('/');
    let name = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    // An empty page is what a tab shows while the next one loads.
    if name.is_empty() || name.eq_ignore_ascii_case("blank") {
        return Location::Unknown;
    }
    let name = name.to_ascii_lowercase();
    let bare = scheme == "about" && STAND_INS.contains(&name.as_str());
    let page = Address { host: format!("{scheme}:"), path: format!("/{name}") };
    match named_in(rest) {
        Some(other) => Location::StandIn { page, of: nested(&other, depth) },
        None if bare => Location::StandIn { page, of: None },
        None => Location::Known(page),
    }
}

/// What a page of the browser names in its path, its query or its fragment, which may have a query of its own. The first
/// counts: where it is not encoded, what follows is part of it.
fn named_in(rest: &str) -> Option<String> {
    if let Some((_, path)) = rest.split_once('/')
        && Url::parse(path).is_ok()
    {
        return Some(path.to_owned());
    }
    let (front, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let query = |text: &str| text.split_once('?').map(|(_, query)| query.to_owned());
    let parts = [query(front), Some(fragment.to_owned()), query(fragment)];
    let mut pairs = parts.iter().flatten().flat_map(|part| form_urlencoded::parse(part.as_bytes()));
    pairs.find(|(key, _)| NAMING.contains(&key.as_ref())).map(|(_, value)| value.trim().to_owned())
}

/// An address that another names: with its scheme, or it is some other word.
fn nested(text: &str, depth: u8) -> Option<Address> {
    if depth >= 2 || Url::parse(text).is_err() {
        return None;
    }
    match locate_nested(text, depth + 1) {
        Location::Known(address) => Some(address),
        Location::StandIn { page: _, of } => of,
        Location::Unknown => None,
    }
}

fn from_url(text: &str) -> Option<Address> {
    let url = Url::parse(text).ok()?;
    let host = match url.host() {
        Some(Host::Domain(d)) => d.trim_end_matches('.').to_ascii_lowercase(),
        Some(Host::Ipv4(ip)) => ip.to_string(),
        Some(Host::Ipv6(ip)) => ip.to_string(),
        None => return None,
    };
    (!host.is_empty()).then(|| Address { host, path: plain_path(url.path()) })
}

/// A path as servers read it: decoded, without doubled slashes, lower-case.
fn plain_path(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let raw = path.as_bytes();
    let mut i = 0;
    while i < raw.len() {
        let decoded =
            (raw[i] == b'%').then(|| path.get(i + 1..i + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let byte = decoded.unwrap_or(raw[i]);
        i += if decoded.is_some() { 3 } else { 1 };
        if byte != b'/' || bytes.last() != Some(&b'/') {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).to_lowercase()
}

impl SitePattern {
    /// Reads `host`, `host/path`, or a browser's own page such as `about:logins`.
    /// A scheme, a leading `*.` or `www.` is taken off; the latter since a site is meant.
    pub(super) fn parse(text: &str) -> Option<SitePattern> {
        let text = text.trim();
        let text = text.strip_prefix("*.").unwrap_or(text);
        let address = match locate(text) {
            Location::Known(address) | Location::StandIn { page: address, of: _ } => address,
            Location::Unknown => return None,
        };
        if address.host == "file:" {
            return None;
        }
        let host = match address.host.strip_prefix("www.") {
            Some(rest) if rest.contains('.') => rest.to_owned(),
            Some(_) | None => address.host,
        };
        Some(SitePattern { host, path: address.path.trim_end_matches('/').to_owned() })
    }

    pub(super) fn matches(&self, address: &Address) -> bool {
        suffixes(&address.host).any(|s| s == self.host) && path_covers(&self.path, &address.path)
    }
}

/// A host and the hosts above it, on label boundaries. IP addresses have none above them.
pub(super) fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    let numeric = host.parse::<std::net::IpAddr>().is_ok();
    std::iter::successors(Some(host), move |h| if numeric { None } else { h.split_once('.').map(|(_, rest)| rest) })
}

/// The first label of a host below a registered name, `www` aside.
pub(super) fn first_label(host: &str) -> Option<&str> {
    let host = host.strip_prefix("www.").unwrap_or(host);
    let (label, rest) = host.split_once('.')?;
    rest.contains('.').then_some(label)
}

/// Whether `path` is `prefix` or below it.
pub(super) fn path_covers(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// Chromium names a web app's window after its address, `host__path_more`; the host is certain, the path a guess.
pub(super) fn from_instance(instance: &str) -> Option<Address> {
    let (host, path) = instance.split_once('_').unwrap_or((instance, ""));
    let labels = host.split('.').count();
    let plausible = labels > 1
        && host.split('.').all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        && host.rsplit('.').next().is_some_and(|tld| tld.bytes().any(|b| b.is_ascii_alphabetic()));
    if !plausible {
        return None;
    }
    let address = from_url(&format!("https://{host}/"))?;
    Some(Address { host: address.host, path: plain_path(&format!("/{}", path.replace('_', "/"))) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Option<(String, String)> {
        match locate(text) {
            Location::Known(address) => Some((address.host, address.path)),
            Location::StandIn { page: _, of } => of.map(|address| (address.host, address.path)),
            Location::Unknown => None,
        }
    }

    fn is(text: &str, host: &str, path: &str) {
        assert_eq!(place(text), Some((host.into(), path.into())), "{text}");
    }

    #[test]
    fn an_address_within_an_address_is_followed_twice() {
        is("view-source:https://a.example/x", "a.example", "/x");
        is("view-source:blob:https://a.example/x", "a.example", "/x");
        assert_eq!(place("blob:view-source:blob:https://a.example/x"), None);
    }

    #[test]
    fn what_a_page_makes_up_names_no_site() {
        for text in ["data:1@bank.example/", "javascript:1@bank.example/", "a.example/x y", "/bank.example", "", "word"]
        {
            assert_eq!(place(text), None, "{text}");
        }
    }

    #[test]
    fn a_port_is_no_scheme_and_an_extension_is_a_page_of_the_browser() {
        is("localhost:8080/x", "localhost", "/x");
        is("a.example:8080/x", "a.example", "/x");
        is("chrome-extension://abc/p", "chrome-extension:", "/abc/p");
        is("extension://abc/p", "chrome-extension:", "/abc/p");
    }

    #[test]
    fn a_page_of_the_browser_that_stands_for_another_is_where_that_is() {
        for text in [
            "about:reader?url=https%3A%2F%2Fa.example%2Fx",
            "about:neterror?e=netTimeout&u=https%3A//a.example/x&c=UTF-8&d=%20",
            "about:certerror?e=nssBadCert&u=https%3A//a.example/x&c=UTF-8",
            "view-source:about:reader?url=https%3A%2F%2Fa.example%2Fx",
            "about:reader?url=about%3Areader%3Furl%3Dhttps%253A%252F%252Fa.example%252Fx",
            "chrome-extension://abc/suspended.html#ttl=A%20b&pos=0&uri=https://a.example/x?u=7&url=b.example#c",
            "moz-extension://abc/viewer.html?file=https%3A%2F%2Fa.example%2Fx#page=2",
            "chrome-extension://abc/https://a.example/x?url=b.example",
            "chrome-extension://abc/popup.html#/add?uri=https%3A%2F%2Fa.example%2Fx",
        ] {
            is(text, "a.example", "/x");
        }
    }

    #[test]
    fn a_page_that_stands_for_another_is_nowhere_if_it_does_not_tell_which() {
        for text in [
            "about:reader",
            "about:neterror?e=netTimeout",
            "about:reader?url=",
            "about:reader?url=7",
            "about:reader?url=about%3Ablank",
            "about:reader?url=about:reader?url=about:reader?url=about:reader?url=https://a.example/",
            "chrome-extension://abc/suspended.html#uri=word",
        ] {
            assert!(matches!(locate(text), Location::StandIn { page: _, of: None }), "{text}");
        }
        is("about:logins?filter=https%3A%2F%2Fa.example", "about:", "/logins");
    }

    #[test]
    fn a_path_is_compared_as_servers_read_it() {
        is("a.example//x/%41%2F/b%zz%4", "a.example", "/x/a/b%zz%4");
    }

    #[test]
    fn only_what_may_be_a_host_is_read_from_the_name_of_a_window() {
        let host = |instance| from_instance(instance).map(|address| address.host);
        assert_eq!(host("my-app.example__inbox").as_deref(), Some("my-app.example"));
        for other in ["navigator", "a!b.example_x", "a..example", "1.2"] {
            assert_eq!(host(other), None, "{other}");
        }
    }

    #[test]
    fn a_site_is_meant_with_and_without_www_unless_that_is_its_name() {
        let host = |text| SitePattern::parse(text).map(|pattern| pattern.host);
        assert_eq!(host("www.a.example").as_deref(), Some("a.example"));
        assert_eq!(host("www.example").as_deref(), Some("www.example"));
    }
}
