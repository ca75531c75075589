//! Colours. Code names roles; files under `assets/themes` name colours.

use crate::app::sheet::Tint;
use crate::entity::Verdict;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

macro_rules! roles {
    ($($(#[$about:meta])* $role:ident = $name:literal,)*) => {
        /// What something on the screen is, as far as its look goes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Role {
            $($(#[$about])* $role,)*
        }

        impl Role {
            /// Every role with its name in a theme file.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$role, $name),)*];
        }
    };
}

roles! {
    /// Ordinary text.
    Text = "text",
    /// Text that may be overlooked.
    Muted = "muted",
    /// The name of what one looks at.
    Title = "title",
    /// A heading.
    Heading = "heading",
    /// A tab.
    Tab = "tab",
    /// The open tab.
    OpenTab = "open-tab",
    /// The row under the cursor.
    Cursor = "cursor",
    /// The cell under the cell cursor.
    CellCursor = "cell-cursor",
    /// The sign of a marked row.
    Marked = "marked",
    /// A key.
    Key = "key",
    /// A text that is being typed.
    Input = "input",
    /// High risk.
    LevelHigh = "level-high",
    /// Medium risk.
    LevelMedium = "level-medium",
    /// Low risk.
    LevelLow = "level-low",
    /// A level that cannot be read.
    LevelUnreadable = "level-unreadable",
    /// Confirmed compromised.
    StateCompromised = "state-compromised",
    /// At risk.
    StateAtRisk = "state-at-risk",
    /// Dismissed, safe, remediated.
    StateSettled = "state-settled",
    /// A verdict: safe.
    VerdictSafe = "verdict-safe",
    /// A verdict: compromised.
    VerdictCompromised = "verdict-compromised",
    /// A verdict: dismissed.
    VerdictDismissed = "verdict-dismissed",
    /// Something went well.
    Good = "good",
    /// Something to notice.
    Warning = "warning",
    /// Something failed.
    Alarm = "alarm",
    /// Verdicts can be given.
    WriteMode = "write-mode",
    /// Verdicts cannot be given.
    ReadOnly = "read-only",
    /// Lines around things.
    Frame = "frame",
}

/// A style for every role.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: Vec<Style>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Spec {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    reverse: bool,
    underline: bool,
}

impl Theme {
    /// The themes that come with the program.
    pub const NAMES: [&'static str; 3] = ["dark", "light", "mono"];

    /// The theme of that name.
    pub fn named(name: &str) -> Option<Self> {
        let file = match name {
            "dark" => include_str!("../../assets/themes/dark.toml"),
            "light" => include_str!("../../assets/themes/light.toml"),
            "mono" => include_str!("../../assets/themes/mono.toml"),
            _ => return None,
        };
        Self::parse(file).ok()
    }

    /// Without any colour.
    pub fn mono() -> Self {
        Self::named("mono").unwrap_or_else(|| Self { styles: vec![Style::new(); Role::ALL.len()] })
    }

    /// Reads a theme file. A role that it leaves out looks like ordinary text.
    pub fn parse(file: &str) -> Result<Self, String> {
        let specs: BTreeMap<String, Spec> = toml::from_str(file).map_err(|error| error.to_string())?;
        if let Some(unknown) = specs.keys().find(|name| Role::ALL.iter().all(|(_, known)| known != name)) {
            return Err(format!("`{unknown}` is no role of a theme"));
        }
        let styles = Role::ALL.iter().map(|(_, name)| specs.get(*name).map_or(Ok(Style::new()), style));
        Ok(Self { styles: styles.collect::<Result<_, _>>()? })
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// The style of a tint.
    pub fn tint(&self, tint: Tint) -> Style {
        self.style(match tint {
            Tint::Plain => Role::Text,
            Tint::Notice => Role::Warning,
            Tint::Level(4) => Role::LevelHigh,
            Tint::Level(3) => Role::LevelMedium,
            Tint::Level(2) => Role::LevelLow,
            Tint::State(5) => Role::StateCompromised,
            Tint::State(4) => Role::StateAtRisk,
            Tint::Level(1) | Tint::State(3) => Role::LevelUnreadable,
            Tint::Level(_) => Role::Muted,
            Tint::State(_) => Role::StateSettled,
        })
    }

    /// The style of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> Style {
        self.style(match verdict {
            Verdict::Safe => Role::VerdictSafe,
            Verdict::Compromised => Role::VerdictCompromised,
            Verdict::Dismissed => Role::VerdictDismissed,
        })
    }
}

fn style(spec: &Spec) -> Result<Style, String> {
    let colour = |name: &Option<String>| -> Result<Option<Color>, String> {
        name.as_deref().map(|name| name.parse().map_err(|_| format!("`{name}` is no colour"))).transpose()
    };
    let mut style = Style::new();
    style.fg = colour(&spec.fg)?;
    style.bg = colour(&spec.bg)?;
    for (wanted, modifier) in [
        (spec.bold, Modifier::BOLD),
        (spec.dim, Modifier::DIM),
        (spec.reverse, Modifier::REVERSED),
        (spec.underline, Modifier::UNDERLINED),
    ] {
        if wanted {
            style = style.add_modifier(modifier);
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_names_every_role() {
        for name in Theme::NAMES {
            assert!(Theme::named(name).is_some(), "{name}");
        }
        for file in [
            include_str!("../../assets/themes/dark.toml"),
            include_str!("../../assets/themes/light.toml"),
            include_str!("../../assets/themes/mono.toml"),
        ] {
            let specs: BTreeMap<String, Spec> = toml::from_str(file).unwrap();
            for (_, role) in Role::ALL {
                assert!(specs.contains_key(*role), "{role}");
            }
        }
    }

    #[test]
    fn the_theme_without_colour_has_none() {
        let mono = Theme::mono();
        for (role, name) in Role::ALL {
            let style = mono.style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{name}");
        }
    }

    #[test]
    fn a_bad_theme_says_what_is_wrong() {
        assert!(Theme::parse("colour = {}").unwrap_err().contains("no role"));
        assert!(Theme::parse("text = { fg = \"blurple\" }").unwrap_err().contains("no colour"));
        assert!(Theme::parse("text = 1").is_err());
    }
}
