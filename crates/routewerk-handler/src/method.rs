//! The methods that a Route Handler can export, and sets of them.
//!
//! Follows Next.js's `HTTP_METHODS` (GET HEAD OPTIONS POST PUT DELETE PATCH) plus QUERY, which is served
//! only where a route exports it.

/// A method that a Route Handler can be exported for. The discriminants cross the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Method {
    /// `GET`
    Get = 0,
    /// `HEAD`
    Head = 1,
    /// `OPTIONS`
    Options = 2,
    /// `POST`
    Post = 3,
    /// `PUT`
    Put = 4,
    /// `DELETE`
    Delete = 5,
    /// `PATCH`
    Patch = 6,
    /// `QUERY` (draft-ietf-httpbis-safe-method-w-body)
    Query = 7,
}

impl Method {
    /// Every method, in the order of the discriminants.
    pub const ALL: [Self; 8] =
        [Self::Get, Self::Head, Self::Options, Self::Post, Self::Put, Self::Delete, Self::Patch, Self::Query];

    /// The method of a request line's token. Methods are case-sensitive (RFC 9110 section 9.1).
    pub fn from_token(token: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str().as_bytes() == token)
    }

    /// The method's token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Query => "QUERY",
        }
    }

    /// Whether a call may be made a second time when its worker died before a byte of body crossed.
    ///
    /// Narrower than RFC 9110's idempotent methods: PUT and DELETE handlers often are not.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

/// A set of methods: what a route exports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodSet(u8);

impl MethodSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// Adds a method.
    pub const fn insert(&mut self, method: Method) {
        self.0 |= 1 << method as u8;
    }

    /// Whether the set holds a method.
    pub const fn contains(self, method: Method) -> bool {
        self.0 & (1 << method as u8) != 0
    }

    /// Whether the set holds nothing.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The methods in the order of [`Method::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.contains(*method))
    }

    /// The value of an `Allow` field: the exported methods, `OPTIONS`, and `HEAD` where `GET` is
    /// exported; sorted by name and joined by `, `, as Next.js's automatic OPTIONS answer has it.
    pub fn allow(self) -> String {
        let mut all = self;
        all.insert(Method::Options);
        if all.contains(Method::Get) {
            all.insert(Method::Head);
        }
        let mut names: Vec<_> = all.iter().map(Method::as_str).collect();
        names.sort_unstable();
        names.join(", ")
    }
}

impl FromIterator<Method> for MethodSet {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        let mut set = Self::EMPTY;
        methods.into_iter().for_each(|method| set.insert(method));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_case_sensitive() {
        assert_eq!(Method::from_token(b"GET"), Some(Method::Get));
        assert_eq!(Method::from_token(b"get"), None);
        assert_eq!(Method::from_token(b"PROPFIND"), None);
    }

    #[test]
    fn allow_adds_options_and_head() {
        let only_post: MethodSet = [Method::Post].into_iter().collect();
        assert_eq!(only_post.allow(), "OPTIONS, POST");
        let get: MethodSet = [Method::Get, Method::Delete].into_iter().collect();
        assert_eq!(get.allow(), "DELETE, GET, HEAD, OPTIONS");
    }
}
