//! Whether a password field has the keyboard: each application's word for its own fields, and the X server's for which
//! application has the keyboard. No application speaks for another one.

use std::collections::BTreeMap;

/// A password field in which an application has its focus.
#[derive(Default)]
struct Field {
    /// The process that shows it.
    home: Option<u32>,
    /// That process has, or had, windows: keys go into the field only while one of them has the keyboard.
    windows: bool,
    /// The last other application that told of a focus of its own.
    other: Option<u32>,
}

/// Password fields, by the number of their application on the accessibility bus.
#[derive(Default)]
pub struct Secrets {
    fields: BTreeMap<u64, Field>,
}

impl Secrets {
    /// An application put its focus into a password field, or somewhere else.
    pub fn heard(&mut self, app: u64, in_secret: bool, home: Option<u32>) {
        if in_secret {
            self.fields.insert(app, Field { home, ..Field::default() });
            return;
        }
        self.fields.remove(&app);
        if home.is_some() {
            self.fields.values_mut().for_each(|field| field.other = home);
        }
    }

    /// Whether one may have the keyboard while a window of process `front` has it; `None` if nobody is known to. `shows`
    /// says which process has windows.
    pub fn stand(&mut self, front: Option<u32>, shows: impl Fn(u32) -> bool) -> bool {
        let mut stand = false;
        for field in self.fields.values_mut() {
            field.windows |= field.home.is_some_and(&shows);
            stand |= match front {
                None => true,
                Some(_) if field.windows => front == field.home,
                // Whose window it is in is not known: only another application that has the keyboard and says so helps.
                Some(_) => front != field.other,
            };
        }
        stand
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u64 = 1;
    const B: u64 = 2;

    #[test]
    fn what_another_application_says_ends_nobodys_password_field() {
        let mut secrets = Secrets::default();
        let both = |pid| pid == 10 || pid == 20;
        assert!(!secrets.stand(Some(10), both));
        secrets.heard(A, true, Some(10));
        assert!(secrets.stand(Some(10), both));
        // The other has its focus in a field, in a password field, and no more in that.
        for in_secret in [false, true, false] {
            secrets.heard(B, in_secret, Some(20));
            assert!(secrets.stand(Some(10), both), "{in_secret}");
        }
        secrets.heard(A, false, Some(10));
        assert!(!secrets.stand(Some(10), both));
    }

    #[test]
    fn it_stands_while_its_process_has_the_keyboard_and_again_when_that_comes_back() {
        let mut secrets = Secrets::default();
        secrets.heard(A, true, None);
        let shows = |pid| pid == 10;
        assert!(secrets.stand(Some(10), shows) && secrets.stand(Some(20), shows), "whose it is is not known yet");
        secrets.heard(A, true, Some(10));
        assert!(!secrets.stand(Some(20), shows));
        assert!(secrets.stand(None, shows) && secrets.stand(Some(10), shows));
        // Its last window is gone, and it says nothing.
        assert!(!secrets.stand(Some(20), |_| false));
    }

    #[test]
    fn one_in_no_known_window_stands_until_another_application_that_has_the_keyboard_speaks() {
        let mut secrets = Secrets::default();
        secrets.heard(A, true, Some(10));
        let shows = |pid| pid == 20;
        assert!(secrets.stand(Some(20), shows));
        secrets.heard(B, false, Some(20));
        assert!(!secrets.stand(Some(20), shows));
        assert!(secrets.stand(Some(30), shows), "it may be this one's");
        secrets.heard(A, true, Some(10));
        assert!(secrets.stand(Some(20), shows), "what the other said is of before");
        secrets.heard(A, false, None);
        assert!(!secrets.stand(Some(30), shows));
    }
}
