use super::super::model::Fault;
use super::has_control;

/// The root that a path must lie strictly under; absolute iff it starts with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRoot {
    pub(crate) root: String,
}

impl PathRoot {
    /// The root `root`: `/srv/reports`, `reports/2026`, or `/` for all absolute paths.
    ///
    /// # Errors
    /// `path-root` where it breaks a rule that the paths under it must keep: no `.`, `..` or empty segment, backslash,
    /// `%`, control character or leading `~`.
    pub fn new(root: &str) -> Result<Self, Fault> {
        if root == "/" || is_plain(root) {
            return Ok(Self { root: root.to_owned() });
        }
        let detail = format!(
            "`{root}` is no root: no `.`, `..` or empty segment (nor a `/` at the end), backslash, `%`, control \
             character or leading `~`"
        );
        Err(Fault::new("path-root", detail))
    }

    /// The root as it is written.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Whether `path` lies strictly under the root. It is never normalised.
    pub fn holds(&self, path: &str) -> bool {
        let under = if self.root == "/" {
            path.starts_with('/')
        } else {
            path.strip_prefix(self.root.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        under && is_plain(path)
    }
}

/// Whether `path` names one place however it is read: no `.`, `..` or empty segment, backslash, `%`, control character
/// or leading `~`.
pub(crate) fn is_plain(path: &str) -> bool {
    let relative = path.strip_prefix('/').unwrap_or(path);
    !path.starts_with('~')
        && !has_control(path)
        && path.bytes().fold(true, |plain, byte| plain & (byte != b'\\') & (byte != b'%'))
        && relative.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}
