//! WebAssembly files as modules, as Next.js has them: `./x.wasm` exports what the instance exports, `./x.wasm?module` has
//! the compiled module as its default export.
//!
//! Only the names in the import and export sections are read (WebAssembly core specification, section 5.5).

use std::fmt::Write as _;

use crate::error::{BuildError, BuildErrorKind};

/// The JavaScript for a WebAssembly file whose copy lies at `url`, relative to the output's code.
pub(crate) fn wasm_module(
    url: &str,
    content: &[u8],
    as_module: bool,
    shown: impl FnOnce() -> String,
) -> Result<String, BuildError> {
    let mut code = format!(
        "import {{ readFileSync }} from 'node:fs';\nconst compiled = new WebAssembly.Module(readFileSync(new URL({}, \
         `${{import.meta.url}}`)));\n",
        serde_json::json!(url)
    );
    if as_module {
        code.push_str("export default compiled;\n");
        return Ok(code);
    }
    let Some(names) = names(content) else {
        let message = format!("`{}` is not a valid WebAssembly file", shown());
        return Err(BuildError::new(BuildErrorKind::Syntax { message, help: None }));
    };
    let mut imports = String::new();
    for (index, module) in names.imports.iter().enumerate() {
        let module = serde_json::json!(module);
        let _ = writeln!(code, "import * as imported{index} from {module};");
        let _ = write!(imports, "{module}: imported{index}, ");
    }
    let _ = writeln!(code, "const instance = new WebAssembly.Instance(compiled, {{ {imports}}});");
    for (index, name) in names.exports.iter().enumerate() {
        let name = serde_json::json!(name);
        let _ = writeln!(
            code,
            "const exported{index} = instance.exports[{name}];\nexport {{ exported{index} as {name} }};"
        );
    }
    Ok(code)
}

/// The modules that a WebAssembly file imports from, and the names that it exports.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

fn names(content: &[u8]) -> Option<Names> {
    let mut reader = Reader { rest: content.strip_prefix(b"\0asm\x01\0\0\0")? };
    let mut names = Names::default();
    while !reader.rest.is_empty() {
        let section = reader.byte()?;
        let length = reader.number()?;
        let mut body = Reader { rest: reader.take(length)? };
        match section {
            2 => {
                for _ in 0..body.number()? {
                    let module = body.name()?;
                    body.name()?;
                    body.skip_import_description()?;
                    if !names.imports.contains(&module) {
                        names.imports.push(module);
                    }
                }
            }
            7 => {
                for _ in 0..body.number()? {
                    names.exports.push(body.name()?);
                    body.byte()?;
                    body.number()?;
                }
            }
            _ => {}
        }
    }
    Some(names)
}

struct Reader<'bytes> {
    rest: &'bytes [u8],
}

impl<'bytes> Reader<'bytes> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'bytes [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn name(&mut self) -> Option<String> {
        let length = self.number()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn skip_limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 == 1 {
            self.number()?;
        }
        Some(())
    }

    fn skip_import_description(&mut self) -> Option<()> {
        match self.byte()? {
            // A function: its type.
            0 => self.number().map(|_| ()),
            // A table: its element type and limits.
            1 => {
                self.byte()?;
                self.skip_limits()
            }
            // A memory: its limits.
            2 => self.skip_limits(),
            // A global: its type and mutability.
            3 => self.take(2).map(|_| ()),
            // A tag: its attribute and type.
            4 => {
                self.byte()?;
                self.number().map(|_| ())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(module (import "./env.js" "f" (func)) (memory (export "m") 1) (export "g" (func 0)))`
    const SMALL: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x0e\x01\x08./env.js\x01f\0\0\x05\x03\x01\0\x01\x07\x09\x02\x01m\x02\0\x01g\0\0";

    #[test]
    fn names_are_read() {
        let read = names(SMALL).expect("valid");
        assert_eq!(read, Names { imports: vec!["./env.js".into()], exports: vec!["m".into(), "g".into()] });
    }

    #[test]
    fn every_cut_is_refused_or_read_without_a_panic() {
        for end in 0..SMALL.len() {
            let _ = names(&SMALL[..end]);
        }
        assert_eq!(names(b"not wasm"), None);
        assert!(wasm_module("./a.wasm", b"not wasm", false, || "./x.wasm".to_owned()).is_err());
        assert!(wasm_module("./a.wasm", b"not wasm", true, || "./x.wasm".to_owned()).is_ok());
    }
}
