//! The rules: packs against the identities products really have, false friends, a person's own rules, mistakes
//! in them, and changes to them.

#[path = "rules/arbitrary.rs"]
mod arbitrary;
#[path = "rules/browsers.rs"]
mod browsers;
#[path = "rules/editing.rs"]
mod editing;
#[path = "rules/friends.rs"]
mod friends;
#[path = "rules/garbage.rs"]
mod garbage;
#[path = "rules/mistakes.rs"]
mod mistakes;
#[path = "rules/person.rs"]
mod person;
#[path = "rules/products.rs"]
mod products;
#[path = "spoil/mod.rs"]
mod spoil;
#[path = "rules/support.rs"]
mod support;
#[path = "rules/tries.rs"]
mod tries;
