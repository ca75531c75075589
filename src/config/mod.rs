//! Profiles: read once, validated once, then plain data.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The configuration file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The profile that is used when none is named.
    #[serde(default)]
    pub default_profile: Option<String>,
    /// The profiles by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// Where to work, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The root of Microsoft Graph.
    pub graph_url: String,
    /// The tenant, as it is shown.
    pub tenant: String,
    /// Whether verdicts may be given (rule R5).
    pub write: bool,
    /// Users who are never called compromised: object ids, or principal names in which `*` stands for any letters (R6).
    pub protect: Vec<String>,
    /// Users whose verdicts are warned about, in the same form.
    pub privileged: Vec<String>,
    /// Seconds between accepting a submission and its first call: 0 to 120.
    pub grace_seconds: u64,
    /// Most ids in one call: 1 to 60.
    pub batch_size: usize,
    /// The theme: dark, light or mono.
    pub theme: String,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            graph_url: "https://graph.microsoft.com".into(),
            tenant: String::new(),
            write: false,
            protect: Vec::new(),
            privileged: Vec::new(),
            grace_seconds: 10,
            batch_size: crate::entity::Batch::MOST,
            theme: "dark".into(),
        }
    }
}

/// What is wrong with the configuration, where, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what a configuration looks like.
    #[error("the configuration {path} is not valid:\n{reason}")]
    Invalid {
        /// The file.
        path: String,
        /// Where and why.
        reason: String,
    },
    /// A profile was named that is not there.
    #[error("there is no profile `{name}` in {path}; there is: {known}")]
    NoSuchProfile {
        /// The name.
        name: String,
        /// The file.
        path: String,
        /// The profiles that are there.
        known: String,
    },
    /// A value is outside its limits.
    #[error("profile `{profile}` in {path}: {reason}")]
    OutOfRange {
        /// The profile.
        profile: String,
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// Where the configuration is expected when none is named: `entriage/config.toml` in the XDG configuration directory.
pub fn default_path() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("entriage").join("config.toml"))
}

/// The profile to work with, and its name: from `named_file` or the usual place, `named_profile` or the default one. No file
/// in the usual place is no error, and gives the built-in profile, which can only read.
pub fn load(
    named_file: Option<&Path>,
    named_profile: Option<&str>,
) -> Result<(String, Profile), ConfigError> {
    let path = named_file.map(Path::to_path_buf).or_else(default_path);
    let shown = path.as_ref().map_or_else(|| "(no file)".to_owned(), |path| path.display().to_string());
    let config = match path {
        None => Config::default(),
        Some(path) => match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text, &shown)?,
            Err(error) if named_file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Config::default()
            }
            Err(source) => return Err(ConfigError::Unreadable { path: shown, source }),
        },
    };
    choose(&config, named_profile, &shown)
}

fn parse(text: &str, path: &str) -> Result<Config, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError::Invalid {
        path: path.to_owned(),
        // The reason quotes lines of the file, which may hold anything.
        reason: error
            .to_string()
            .lines()
            .map(|line| crate::entity::harmless(line).into_owned())
            .collect::<Vec<_>>()
            .join("\n"),
    })
}

fn choose(config: &Config, named: Option<&str>, path: &str) -> Result<(String, Profile), ConfigError> {
    let name = named.map(str::to_owned).or_else(|| config.default_profile.clone()).or_else(|| {
        let only = config.profiles.keys().next().filter(|_| config.profiles.len() == 1);
        only.cloned()
    });
    let Some(name) = name else { return Ok(("default".into(), Profile::default())) };
    let Some(profile) = config.profiles.get(&name) else {
        let known: Vec<&str> = config.profiles.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(ConfigError::NoSuchProfile { name, path: path.to_owned(), known });
    };
    check(&name, profile, path)?;
    Ok((name, profile.clone()))
}

fn check(name: &str, profile: &Profile, path: &str) -> Result<(), ConfigError> {
    let reason = if profile.grace_seconds > 120 {
        format!("grace_seconds is {}; it can be 0 to 120", profile.grace_seconds)
    } else if !(1..=crate::entity::Batch::MOST).contains(&profile.batch_size) {
        format!("batch_size is {}; it can be 1 to {}", profile.batch_size, crate::entity::Batch::MOST)
    } else if !crate::ui::Theme::NAMES.contains(&&*profile.theme) {
        format!("theme is `{}`; there is: {}", profile.theme, crate::ui::Theme::NAMES.join(", "))
    } else {
        return Ok(());
    };
    Err(ConfigError::OutOfRange { profile: name.to_owned(), path: path.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str, profile: Option<&str>) -> Result<(String, Profile), String> {
        let config = parse(text, "config.toml").map_err(|error| error.to_string())?;
        choose(&config, profile, "config.toml").map_err(|error| error.to_string())
    }

    #[test]
    fn the_only_profile_is_the_default_one() {
        let (name, profile) =
            load_text("[profiles.work]\nwrite = true\nprotect = [\"breakglass*\"]", None).unwrap();
        assert_eq!(name, "work");
        assert!(profile.write);
        assert_eq!(profile.grace_seconds, 10);
    }

    #[test]
    fn nothing_gives_the_built_in_profile_which_can_only_read() {
        let (name, profile) = load_text("", None).unwrap();
        assert_eq!((&*name, profile.write), ("default", false));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let unknown = load_text("[profiles.work]\nwirte = true", None).unwrap_err();
        assert!(
            unknown.contains("line 2") && unknown.contains("wirte") && unknown.contains("`write`"),
            "{unknown}"
        );
        assert!(load_text("[profiles.work\n", None).unwrap_err().contains("line 1"));
        assert!(load_text("[profiles.work]\nwrite = \"yes\"", None).unwrap_err().contains("line 2"));
        assert!(load_text("[profiles.a]", Some("b")).unwrap_err().contains("there is: a"));
        assert!(load_text("[profiles.a]\ngrace_seconds = 500", None).unwrap_err().contains("0 to 120"));
        assert!(load_text("[profiles.a]\nbatch_size = 0", None).unwrap_err().contains("1 to 60"));
        assert!(load_text("[profiles.a]\ntheme = \"pink\"", None).unwrap_err().contains("dark, light, mono"));
    }

    #[test]
    fn a_named_file_must_exist() {
        let missing = Path::new("/nonexistent/entriage.toml");
        assert!(load(Some(missing), None).unwrap_err().to_string().contains("cannot read"));
    }
}
