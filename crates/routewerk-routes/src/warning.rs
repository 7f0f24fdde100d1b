//! What a scan noticed that stops nothing.

use std::fmt;
use std::path::PathBuf;

/// What a scan noticed that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanWarning {
    /// Two files of one folder serve one URL; the one whose extension comes first is served (the longest, then by
    /// alphabet: `jsx`, `tsx`, `js`, `ts`), as in Next.js.
    DuplicateFile {
        /// The file that is served.
        served: PathBuf,
        /// The file that is not.
        ignored: PathBuf,
    },
    /// `src/app` (or `src/pages`) stands beside `app` (`pages`), which wins.
    IgnoredDirectory {
        /// The directory that is used.
        used: PathBuf,
        /// The directory that is not.
        ignored: PathBuf,
    },
    /// A `route.*` file whose extension `pageExtensions` does not name.
    UnknownExtension {
        /// The file.
        file: PathBuf,
        /// Its extension.
        extension: String,
    },
    /// A folder with brackets that do not span its name (`a-[x]`): it makes no parameter. (Next.js takes it for one
    /// where another folder of the path is a parameter, an accident that nothing documents.)
    LiteralBrackets {
        /// The file whose URL the folder is part of.
        file: PathBuf,
        /// The folder's name.
        segment: String,
    },
    /// A symbolic link that leads to a directory which it is in.
    SymlinkLoop {
        /// The link.
        link: PathBuf,
    },
    /// A symbolic link of a route or page file that leads nowhere.
    BrokenLink {
        /// The link.
        link: PathBuf,
    },
}

impl ScanWarning {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::DuplicateFile { .. } => "delete one of the two files",
            Self::IgnoredDirectory { .. } => "move its files, or delete it",
            Self::UnknownExtension { .. } => "rename the file, or add the extension to `pageExtensions` in next.config",
            Self::LiteralBrackets { .. } => "a parameter is a whole folder name, for instance `[id]`",
            Self::SymlinkLoop { .. } | Self::BrokenLink { .. } => "delete the link, or let it point elsewhere",
        }
    }
}

impl fmt::Display for ScanWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateFile { served, ignored } => {
                write!(formatter, "`{}` is served and `{}` is ignored", served.display(), ignored.display())
            }
            Self::IgnoredDirectory { used, ignored } => {
                write!(formatter, "`{}` is ignored because there is `{}`", ignored.display(), used.display())
            }
            Self::UnknownExtension { file, extension } => {
                write!(formatter, "`{}` is ignored: `{extension}` is not among `pageExtensions`", file.display())
            }
            Self::LiteralBrackets { file, segment } => {
                write!(formatter, "`{segment}` in `{}` is a literal folder name, not a parameter", file.display())
            }
            Self::SymlinkLoop { link } => write!(formatter, "`{}` leads back to a directory it is in", link.display()),
            Self::BrokenLink { link } => write!(formatter, "`{}` leads to a file that does not exist", link.display()),
        }
    }
}
