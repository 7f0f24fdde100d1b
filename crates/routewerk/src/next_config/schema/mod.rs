//! What Next.js 16.4.6 accepts in next.config: every key and its type, as data.
//!
//! The tables follow the schema that the published package checks with; [`validate`](super::validate) reads them.

mod config;
mod experimental;

pub(crate) use config::CONFIG;

/// A key and the type of its value.
pub(crate) type Field = (&'static str, Type);

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Type {
    /// Anything.
    Any,
    /// `true` or `false`.
    Boolean,
    /// A string of so many characters: at least, at most.
    Text(usize, Option<usize>),
    /// A number that keeps these rules.
    Number(&'static [NumberRule]),
    /// A function, whatever it takes and returns.
    Function,
    /// `undefined` and nothing else.
    Undefined,
    /// This very value.
    Literal(Value),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// An array of so many items: at least, at most.
    List(&'static Type, usize, Option<usize>),
    /// An array of exactly these types.
    Tuple(&'static [Type]),
    /// An object with keys of any name.
    Record(&'static Type),
    /// An object with these keys and no others.
    Strict(&'static [Field]),
    /// An object with these keys; others are let pass.
    Loose(&'static [Field]),
    /// Any of these types.
    Union(&'static [Type]),
    /// An object of this class.
    InstanceOf(&'static str),
    /// A number of bytes, or a text that says one.
    SizeLimit,
    /// The type or `undefined`.
    Optional(&'static Type),
    /// The type or `null`.
    Nullable(&'static Type),
    /// The type that stands elsewhere (types that contain themselves).
    Same(&'static Type),
}

/// A value of a [`Type::Literal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A string.
    Word(&'static str),
    /// `true` or `false`.
    Flag(bool),
}

/// A rule that a number keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NumberRule {
    /// It has no fraction.
    Integer,
    /// It is not infinite.
    Finite,
    /// `>=`
    AtLeast(f64),
    /// `>`
    MoreThan(f64),
    /// `<=`
    AtMost(f64),
}

/// An optional boolean.
const FLAG: Type = Type::Optional(&Type::Boolean);
/// An optional string.
const TEXT: Type = Type::Optional(&Type::Text(0, None));
/// An optional array of strings.
const TEXTS: Type = Type::Optional(&Type::List(&Type::Text(0, None), 0, None));
/// An optional number.
const NUMBER: Type = Type::Optional(&Type::Number(&[]));
/// An optional function.
const FUNCTION: Type = Type::Optional(&Type::Function);
