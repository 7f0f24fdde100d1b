//! `cache-life.d.ts`: the profiles that `cacheLife()` knows, which are the built-in ones and those of next.config.
//!
//! Once a profile is named in `CacheLifeProfiles`, a name that is none of them is an error at its place.

use std::fmt::Write as _;

use super::{MARK, quote};

/// The profiles that are always there.
const BUILT_IN: [&str; 7] = ["default", "seconds", "minutes", "hours", "days", "weeks", "max"];

/// The text of the file: the built-in profiles, then the others in the given order.
pub(super) fn text(profiles: &[String]) -> String {
    let mut names: Vec<&str> = BUILT_IN.to_vec();
    for name in profiles {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut fields = String::new();
    let mut functions = String::new();
    for name in &names {
        let name = quote::string(name);
        let _ = writeln!(fields, "    {name}: true;");
        let _ = writeln!(functions, "  export function cacheLife(profile: {name}): void;");
    }
    format!(
        "{MARK}
export {{}};

declare module \"next/cache\" {{
  export interface CacheLifeProfiles {{
{fields}  }}
{functions}}}
"
    )
}
