//! The keys of next.config, as Next.js 16.4.6 accepts them.
//! Names and types come from `dist/server/config-schema.js` of the package.

use super::experimental::EXPERIMENTAL;
use super::{FLAG, FUNCTION, Field, NUMBER, NumberRule, TEXT, TEXTS, Type, Value};
use NumberRule::{AtLeast, AtMost, Finite, Integer, MoreThan};
use Type::{
    Any, Boolean, InstanceOf, List, Literal, Loose, Nullable, Number, OneOf, Optional, Record, Strict, Text, Tuple,
    Undefined, Union,
};
use Value::{Flag, Word};

/// A condition of a Turbopack rule, which nests.
static TURBOPACK_CONDITION: Type = Union(&[
    Strict(&[("all", List(&TURBOPACK_CONDITION, 0, None))]),
    Strict(&[("any", List(&TURBOPACK_CONDITION, 0, None))]),
    Strict(&[("not", Type::Same(&TURBOPACK_CONDITION))]),
    Union(&[
        Literal(Word("browser")),
        Literal(Word("foreign")),
        Literal(Word("development")),
        Literal(Word("production")),
        Literal(Word("node")),
        Literal(Word("edge-light")),
    ]),
    Strict(&[
        ("path", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
        ("content", Optional(&InstanceOf("RegExp"))),
        ("query", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
        ("contentType", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
    ]),
]);

/// The keys of next.config. Unknown ones are told to the user.
pub(crate) static CONFIG: &[Field] = &[
    ("adapterPath", TEXT),
    ("agentRules", FLAG),
    ("allowedDevOrigins", TEXTS),
    ("assetPrefix", TEXT),
    ("basePath", TEXT),
    ("bundlePagesRouterDependencies", FLAG),
    ("cacheComponents", FLAG),
    ("cacheHandler", Optional(&Text(1, None))),
    ("cacheHandlers", Optional(&Record(&TEXT))),
    ("cacheLife", Optional(&Record(&Loose(&[("stale", NUMBER), ("revalidate", NUMBER), ("expire", NUMBER)])))),
    ("cacheMaxMemorySize", NUMBER),
    ("cleanDistDir", FLAG),
    (
        "compiler",
        Optional(&Strict(&[
            (
                "emotion",
                Optional(&Union(&[
                    Boolean,
                    Loose(&[
                        ("sourceMap", FLAG),
                        (
                            "autoLabel",
                            Optional(&Union(&[
                                Literal(Word("always")),
                                Literal(Word("dev-only")),
                                Literal(Word("never")),
                            ])),
                        ),
                        ("labelFormat", Optional(&Text(1, None))),
                        (
                            "importMap",
                            Optional(&Record(&Record(&Loose(&[
                                ("canonicalImport", Optional(&Tuple(&[Text(0, None), Text(0, None)]))),
                                ("styledBaseImport", Optional(&Tuple(&[Text(0, None), Text(0, None)]))),
                            ])))),
                        ),
                    ]),
                ])),
            ),
            ("reactRemoveProperties", Optional(&Union(&[FLAG, Loose(&[("properties", TEXTS)])]))),
            (
                "relay",
                Optional(&Loose(&[
                    ("src", Text(0, None)),
                    ("artifactDirectory", TEXT),
                    ("language", Optional(&OneOf(&["javascript", "typescript", "flow"]))),
                    ("eagerEsModules", FLAG),
                ])),
            ),
            (
                "removeConsole",
                Optional(&Union(&[FLAG, Loose(&[("exclude", Optional(&List(&Text(0, None), 1, None)))])])),
            ),
            (
                "styledComponents",
                Union(&[
                    FLAG,
                    Loose(&[
                        ("displayName", FLAG),
                        ("topLevelImportPaths", TEXTS),
                        ("ssr", FLAG),
                        ("fileName", FLAG),
                        ("meaninglessFileNames", TEXTS),
                        ("minify", FLAG),
                        ("transpileTemplateLiterals", FLAG),
                        ("namespace", Optional(&Text(1, None))),
                        ("pure", FLAG),
                        ("cssProp", FLAG),
                    ]),
                ]),
            ),
            ("styledJsx", Union(&[FLAG, Loose(&[("useLightningcss", FLAG)])])),
            ("define", Optional(&Record(&Union(&[Text(0, None), Number(&[]), Boolean])))),
            ("defineServer", Optional(&Record(&Union(&[Text(0, None), Number(&[]), Boolean])))),
            ("runAfterProductionCompile", FUNCTION),
        ])),
    ),
    ("compress", FLAG),
    ("configOrigin", TEXT),
    ("crossOrigin", Optional(&Union(&[Literal(Word("anonymous")), Literal(Word("use-credentials"))]))),
    ("deprecated", Optional(&Strict(&[("looseRouteMatching", Optional(&Literal(Flag(true))))]))),
    ("deploymentId", TEXT),
    ("supportsImmutableAssets", FLAG),
    ("outputHashSalt", TEXT),
    (
        "devIndicators",
        Optional(&Union(&[
            Loose(&[(
                "position",
                Optional(&Union(&[
                    Literal(Word("bottom-left")),
                    Literal(Word("bottom-right")),
                    Literal(Word("top-left")),
                    Literal(Word("top-right")),
                ])),
            )]),
            Literal(Flag(false)),
        ])),
    ),
    ("distDir", Optional(&Text(1, None))),
    ("env", Optional(&Record(&Union(&[Text(0, None), Undefined])))),
    ("enablePrerenderSourceMaps", FLAG),
    ("excludeDefaultMomentLocales", FLAG),
    ("experimental", Optional(&Strict(EXPERIMENTAL))),
    ("exportPathMap", FUNCTION),
    ("generateBuildId", FUNCTION),
    ("generateEtags", FLAG),
    ("headers", FUNCTION),
    ("htmlLimitedBots", Optional(&InstanceOf("RegExp"))),
    ("httpAgentOptions", Optional(&Strict(&[("keepAlive", FLAG)]))),
    (
        "i18n",
        Optional(&Nullable(&Strict(&[
            ("defaultLocale", Text(1, None)),
            (
                "domains",
                Optional(&List(
                    &Strict(&[
                        ("defaultLocale", Text(1, None)),
                        ("domain", Text(1, None)),
                        ("http", Optional(&Literal(Flag(true)))),
                        ("locales", Optional(&List(&Text(1, None), 0, None))),
                    ]),
                    0,
                    None,
                )),
            ),
            ("localeDetection", Optional(&Literal(Flag(false)))),
            ("locales", List(&Text(1, None), 0, None)),
        ]))),
    ),
    (
        "images",
        Optional(&Strict(&[
            ("localPatterns", Optional(&List(&Strict(&[("pathname", TEXT), ("search", TEXT)]), 0, Some(25)))),
            (
                "remotePatterns",
                Optional(&List(
                    &Union(&[
                        InstanceOf("URL"),
                        Strict(&[
                            ("hostname", Text(0, None)),
                            ("pathname", TEXT),
                            ("port", Optional(&Text(0, Some(5)))),
                            ("protocol", Optional(&OneOf(&["http", "https"]))),
                            ("search", TEXT),
                        ]),
                    ]),
                    0,
                    Some(50),
                )),
            ),
            ("unoptimized", FLAG),
            ("customCacheHandler", FLAG),
            ("contentSecurityPolicy", TEXT),
            ("contentDispositionType", Optional(&OneOf(&["inline", "attachment"]))),
            ("dangerouslyAllowSVG", FLAG),
            ("dangerouslyAllowLocalIP", FLAG),
            ("deviceSizes", Optional(&List(&Number(&[Integer, AtLeast(1.0), AtMost(10000.0)]), 0, Some(25)))),
            ("disableStaticImages", FLAG),
            ("domains", Optional(&List(&Text(0, None), 0, Some(50)))),
            ("formats", Optional(&List(&OneOf(&["image/avif", "image/webp"]), 0, Some(4)))),
            ("imageSizes", Optional(&List(&Number(&[Integer, AtLeast(1.0), AtMost(10000.0)]), 0, Some(25)))),
            ("loader", Optional(&OneOf(&["default", "imgix", "cloudinary", "akamai", "custom"]))),
            ("loaderFile", TEXT),
            ("maximumDiskCacheSize", Optional(&Number(&[Integer, AtLeast(0.0)]))),
            ("maximumRedirects", Optional(&Number(&[Integer, AtLeast(0.0), AtMost(20.0)]))),
            ("maximumResponseBody", Optional(&Number(&[Integer, AtLeast(1.0), AtMost(9_007_199_254_740_991.0)]))),
            ("minimumCacheTTL", Optional(&Number(&[Integer, AtLeast(0.0)]))),
            ("path", TEXT),
            ("qualities", Optional(&List(&Number(&[Integer, AtLeast(1.0), AtMost(100.0)]), 1, Some(20)))),
        ])),
    ),
    (
        "logging",
        Optional(&Union(&[
            Loose(&[
                ("fetches", Optional(&Loose(&[("fullUrl", FLAG), ("hmrRefreshes", FLAG)]))),
                (
                    "incomingRequests",
                    Optional(&Union(&[Boolean, Loose(&[("ignore", List(&InstanceOf("RegExp"), 0, None))])])),
                ),
                ("serverFunctions", FLAG),
                ("browserToTerminal", Optional(&Union(&[Boolean, OneOf(&["error", "warn"])]))),
            ]),
            Literal(Flag(false)),
        ])),
    ),
    (
        "modularizeImports",
        Optional(&Record(&Loose(&[
            ("transform", Union(&[Text(0, None), Record(&Text(0, None))])),
            ("preventFullImport", FLAG),
            ("skipDefaultConversion", FLAG),
        ]))),
    ),
    ("onDemandEntries", Optional(&Strict(&[("maxInactiveAge", NUMBER), ("pagesBufferLength", NUMBER)]))),
    ("output", Optional(&OneOf(&["standalone", "export"]))),
    ("outputFileTracingRoot", TEXT),
    ("outputFileTracingExcludes", Optional(&Record(&List(&Text(0, None), 0, None)))),
    ("outputFileTracingIncludes", Optional(&Record(&List(&Text(0, None), 0, None)))),
    ("pageExtensions", Optional(&List(&Text(0, None), 1, None))),
    ("instrumentationClientInject", TEXTS),
    ("partialPrefetching", FLAG),
    ("poweredByHeader", FLAG),
    ("productionBrowserSourceMaps", FLAG),
    (
        "reactCompiler",
        Union(&[
            Boolean,
            Optional(&Loose(&[
                ("compilationMode", Optional(&OneOf(&["infer", "annotation", "all"]))),
                ("environment", Optional(&Loose(&[("enablePreserveExistingMemoizationGuarantees", FLAG)]))),
                ("panicThreshold", Optional(&OneOf(&["none", "critical_errors", "all_errors"]))),
            ])),
        ]),
    ),
    ("reactProductionProfiling", FLAG),
    ("reactStrictMode", Optional(&Nullable(&Boolean))),
    ("reactMaxHeadersLength", Optional(&Number(&[AtLeast(0.0), Integer]))),
    ("redirects", FUNCTION),
    ("rewrites", FUNCTION),
    ("sassOptions", Optional(&Loose(&[("implementation", TEXT)]))),
    ("serverExternalPackages", TEXTS),
    ("skipMiddlewareUrlNormalize", FLAG),
    ("skipProxyUrlNormalize", FLAG),
    ("skipTrailingSlashRedirect", FLAG),
    ("staticPageGenerationTimeout", NUMBER),
    ("expireTime", NUMBER),
    ("target", TEXT),
    ("trailingSlash", FLAG),
    ("transpilePackages", TEXTS),
    (
        "turbopack",
        Optional(&Strict(&[
            (
                "rules",
                Optional(&Record(&Union(&[
                    Strict(&[
                        (
                            "loaders",
                            Optional(&List(
                                &Union(&[
                                    Text(0, None),
                                    Strict(&[("loader", Text(0, None)), ("options", Optional(&Record(&Any)))]),
                                ]),
                                0,
                                None,
                            )),
                        ),
                        ("as", TEXT),
                        (
                            "condition",
                            Optional(&Union(&[
                                Strict(&[("all", List(&TURBOPACK_CONDITION, 0, None))]),
                                Strict(&[("any", List(&TURBOPACK_CONDITION, 0, None))]),
                                Strict(&[("not", Type::Same(&TURBOPACK_CONDITION))]),
                                Union(&[
                                    Literal(Word("browser")),
                                    Literal(Word("foreign")),
                                    Literal(Word("development")),
                                    Literal(Word("production")),
                                    Literal(Word("node")),
                                    Literal(Word("edge-light")),
                                ]),
                                Strict(&[
                                    ("path", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                                    ("content", Optional(&InstanceOf("RegExp"))),
                                    ("query", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                                    ("contentType", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                                ]),
                            ])),
                        ),
                        (
                            "type",
                            Optional(&OneOf(&[
                                "asset",
                                "ecmascript",
                                "typescript",
                                "css",
                                "css-module",
                                "json",
                                "wasm",
                                "raw",
                                "node",
                                "bytes",
                                "text",
                            ])),
                        ),
                    ]),
                    List(
                        &Union(&[
                            Union(&[
                                Text(0, None),
                                Strict(&[("loader", Text(0, None)), ("options", Optional(&Record(&Any)))]),
                            ]),
                            Strict(&[
                                (
                                    "loaders",
                                    Optional(&List(
                                        &Union(&[
                                            Text(0, None),
                                            Strict(&[("loader", Text(0, None)), ("options", Optional(&Record(&Any)))]),
                                        ]),
                                        0,
                                        None,
                                    )),
                                ),
                                ("as", Text(0, None)),
                                (
                                    "condition",
                                    Optional(&Union(&[
                                        Strict(&[("all", List(&TURBOPACK_CONDITION, 0, None))]),
                                        Strict(&[("any", List(&TURBOPACK_CONDITION, 0, None))]),
                                        Strict(&[("not", Type::Same(&TURBOPACK_CONDITION))]),
                                        Union(&[
                                            Literal(Word("browser")),
                                            Literal(Word("foreign")),
                                            Literal(Word("development")),
                                            Literal(Word("production")),
                                            Literal(Word("node")),
                                            Literal(Word("edge-light")),
                                        ]),
                                        Strict(&[
                                            ("path", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                                            ("content", Optional(&InstanceOf("RegExp"))),
                                            ("query", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                                            ("contentType", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                                        ]),
                                    ])),
                                ),
                                (
                                    "type",
                                    Optional(&OneOf(&[
                                        "asset",
                                        "ecmascript",
                                        "typescript",
                                        "css",
                                        "css-module",
                                        "json",
                                        "wasm",
                                        "raw",
                                        "node",
                                        "bytes",
                                        "text",
                                    ])),
                                ),
                            ]),
                        ]),
                        0,
                        None,
                    ),
                ]))),
            ),
            (
                "resolveAlias",
                Optional(&Record(&Union(&[
                    Literal(Flag(false)),
                    Text(0, None),
                    List(&Text(0, None), 0, None),
                    Record(&Union(&[Literal(Flag(false)), Text(0, None), List(&Text(0, None), 0, None)])),
                ]))),
            ),
            ("resolveExtensions", TEXTS),
            ("root", TEXT),
            ("debugIds", FLAG),
            ("chunkLoadingGlobal", TEXT),
            (
                "ignoreIssue",
                Optional(&List(
                    &Loose(&[
                        ("path", Union(&[Text(0, None), InstanceOf("RegExp")])),
                        ("title", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                        ("description", Optional(&Union(&[Text(0, None), InstanceOf("RegExp")]))),
                    ]),
                    0,
                    None,
                )),
            ),
        ])),
    ),
    ("typescript", Optional(&Strict(&[("ignoreBuildErrors", FLAG), ("tsconfigPath", Optional(&Text(1, None)))]))),
    ("typedRoutes", FLAG),
    ("useFileSystemPublicRoutes", FLAG),
    ("webpack", Optional(&Nullable(&Any))),
    ("watchOptions", Optional(&Strict(&[("pollIntervalMs", Optional(&Number(&[MoreThan(0.0), Finite])))]))),
];
