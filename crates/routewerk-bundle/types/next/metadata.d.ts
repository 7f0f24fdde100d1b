/**
 * The types of `metadata` and of sitemap, robots and manifest files.
 * A project of handlers often keeps a layout beside them, which names `Metadata`; nothing here is rendered.
 */

declare module 'next/dist/lib/metadata/types/metadata-interface' {
  import type { OpenGraph, Twitter } from 'next/dist/lib/metadata/types/sharing-types';

  type Maybe<Value> = Value | null | undefined;
  type OneOrMore<Value> = Value | Value[];
  type Address = string | URL;

  /** A title of its own, or a frame for the titles of what lies below. */
  type TemplateString =
    | { default: string; template: string }
    | { absolute: string; template: string | null }
    | { absolute: string };

  type Author = { name?: string | undefined; url?: Address | undefined };

  type ThemeColor = { color: string; media?: string | undefined };

  type ColorScheme = 'normal' | 'light' | 'dark' | 'light dark' | 'dark light' | 'only light';

  type Referrer =
    | 'no-referrer'
    | 'no-referrer-when-downgrade'
    | 'origin'
    | 'origin-when-cross-origin'
    | 'same-origin'
    | 'strict-origin'
    | 'strict-origin-when-cross-origin';

  type RobotsInfo = {
    index?: boolean | undefined;
    follow?: boolean | undefined;
    noarchive?: boolean | undefined;
    nocache?: boolean | undefined;
    noimageindex?: boolean | undefined;
    nositelinkssearchbox?: boolean | undefined;
    nosnippet?: boolean | undefined;
    notranslate?: boolean | undefined;
    indexifembedded?: boolean | undefined;
    unavailable_after?: string | undefined;
    'max-image-preview'?: 'large' | 'none' | 'standard' | undefined;
    'max-snippet'?: number | undefined;
    'max-video-preview'?: number | string | undefined;
    /** Say `index: false`. */
    noindex?: never | undefined;
    /** Say `follow: false`. */
    nofollow?: never | undefined;
  };

  type Robots = RobotsInfo & { googleBot?: string | RobotsInfo | undefined };

  type IconDescriptor = {
    url: Address;
    color?: string | undefined;
    fetchPriority?: 'auto' | 'high' | 'low' | undefined;
    media?: string | undefined;
    rel?: string | undefined;
    sizes?: string | undefined;
    type?: string | undefined;
  };

  type Icon = Address | IconDescriptor;

  type Icons = {
    icon?: OneOrMore<Icon> | undefined;
    apple?: OneOrMore<Icon> | undefined;
    shortcut?: OneOrMore<Icon> | undefined;
    other?: OneOrMore<IconDescriptor> | undefined;
  };

  type Token = string | number | (string | number)[];

  type Verification = {
    google?: Maybe<Token>;
    me?: Maybe<Token>;
    yahoo?: Maybe<Token>;
    yandex?: Maybe<Token>;
    other?: { [name: string]: Token } | undefined;
  };

  /** The two-letter codes of ISO 639-1 (with those it once had), and anything that begins like a longer tag. */
  type Language =
    | 'aa' | 'ab' | 'ae' | 'af' | 'ak' | 'am' | 'an' | 'ar' | 'as' | 'av' | 'ay' | 'az'
    | 'ba' | 'be' | 'bg' | 'bh' | 'bi' | 'bm' | 'bn' | 'bo' | 'br' | 'bs'
    | 'ca' | 'ce' | 'ch' | 'co' | 'cr' | 'cs' | 'cu' | 'cv' | 'cy' | 'da' | 'de' | 'dv' | 'dz'
    | 'ee' | 'el' | 'en' | 'eo' | 'es' | 'et' | 'eu' | 'fa' | 'ff' | 'fi' | 'fj' | 'fo' | 'fr' | 'fy'
    | 'ga' | 'gd' | 'gl' | 'gn' | 'gu' | 'gv' | 'ha' | 'he' | 'hi' | 'ho' | 'hr' | 'ht' | 'hu' | 'hy' | 'hz'
    | 'ia' | 'id' | 'ie' | 'ig' | 'ii' | 'ik' | 'io' | 'is' | 'it' | 'iu' | 'ja' | 'jv'
    | 'ka' | 'kg' | 'ki' | 'kj' | 'kk' | 'kl' | 'km' | 'kn' | 'ko' | 'kr' | 'ks' | 'ku' | 'kv' | 'kw' | 'ky'
    | 'la' | 'lb' | 'lg' | 'li' | 'ln' | 'lo' | 'lt' | 'lu' | 'lv'
    | 'mg' | 'mh' | 'mi' | 'mk' | 'ml' | 'mn' | 'mr' | 'ms' | 'mt' | 'my'
    | 'na' | 'nb' | 'nd' | 'ne' | 'ng' | 'nl' | 'nn' | 'no' | 'nr' | 'nv' | 'ny' | 'oc' | 'oj' | 'om' | 'or' | 'os'
    | 'pa' | 'pi' | 'pl' | 'ps' | 'pt' | 'qu' | 'rm' | 'rn' | 'ro' | 'ru' | 'rw'
    | 'sa' | 'sc' | 'sd' | 'se' | 'sg' | 'si' | 'sk' | 'sl' | 'sm' | 'sn' | 'so' | 'sq' | 'sr' | 'ss' | 'st' | 'su'
    | 'sv' | 'sw' | 'ta' | 'te' | 'tg' | 'th' | 'ti' | 'tk' | 'tl' | 'tn' | 'to' | 'tr' | 'ts' | 'tt' | 'tw' | 'ty'
    | 'ug' | 'uk' | 'ur' | 'uz' | 've' | 'vi' | 'vo' | 'wa' | 'wo' | 'xh' | 'yi' | 'yo' | 'za' | 'zh' | 'zu'
    | 'x-default'
    | `${Lowercase<string>}-${string}`;

  type Languages<Value> = { [Tag in Language]?: Value | undefined };

  type AlternateLink = { url: Address; title?: string | undefined };

  type Alternates = {
    canonical?: Maybe<Address | AlternateLink>;
    languages?: Languages<Address | AlternateLink[] | null> | undefined;
    media?: { [query: string]: Address | AlternateLink[] | null } | undefined;
    types?: { [type: string]: Address | AlternateLink[] | null } | undefined;
  };

  type StartupImage = string | { url: string; media?: string | undefined };

  type AppleWebApp = {
    capable?: boolean | undefined;
    title?: string | undefined;
    startupImage?: OneOrMore<StartupImage> | undefined;
    statusBarStyle?: 'black' | 'black-translucent' | 'default' | undefined;
  };

  type AppLinkApple = { url: Address; app_name?: string | undefined; app_store_id?: string | number | undefined };
  type AppLinkWindows = { url: Address; app_id?: string | undefined; app_name?: string | undefined };

  type AppLinks = {
    ios?: OneOrMore<AppLinkApple> | undefined;
    iphone?: OneOrMore<AppLinkApple> | undefined;
    ipad?: OneOrMore<AppLinkApple> | undefined;
    android?:
      | OneOrMore<{
          package: string;
          app_name?: string | undefined;
          class?: string | undefined;
          url?: Address | undefined;
        }>
      | undefined;
    windows?: OneOrMore<AppLinkWindows> | undefined;
    windows_phone?: OneOrMore<AppLinkWindows> | undefined;
    windows_universal?: OneOrMore<AppLinkWindows> | undefined;
    web?: OneOrMore<{ url: Address; should_fallback?: boolean | undefined }> | undefined;
  };

  type Facebook =
    | { appId: string; admins?: never | undefined }
    | { appId?: never | undefined; admins: string | string[] }
    | { appId?: string | undefined; admins?: string[] | undefined };

  type FormatDetection = {
    address?: boolean | undefined;
    date?: boolean | undefined;
    email?: boolean | undefined;
    telephone?: boolean | undefined;
    url?: boolean | undefined;
  };

  type ViewportLayout = {
    width?: number | string | undefined;
    height?: number | string | undefined;
    initialScale?: number | undefined;
    minimumScale?: number | undefined;
    maximumScale?: number | undefined;
    userScalable?: boolean | undefined;
    viewportFit?: 'auto' | 'contain' | 'cover' | undefined;
    interactiveWidget?: 'overlays-content' | 'resizes-content' | 'resizes-visual' | undefined;
  };

  /** The export `viewport` of a layout or page. */
  interface Viewport extends ViewportLayout {
    colorScheme?: Maybe<ColorScheme>;
    themeColor?: Maybe<string | OneOrMore<ThemeColor>>;
  }

  /** The export `metadata` of a layout or page. */
  interface Metadata {
    /** What relative addresses are relative to. */
    metadataBase?: Maybe<Address>;
    title?: Maybe<string | TemplateString>;
    description?: Maybe<string>;
    abstract?: Maybe<string>;
    alternates?: Maybe<Alternates>;
    appLinks?: Maybe<AppLinks>;
    appleWebApp?: Maybe<boolean | AppleWebApp>;
    applicationName?: Maybe<string>;
    archives?: Maybe<OneOrMore<string>>;
    assets?: Maybe<OneOrMore<string>>;
    authors?: Maybe<OneOrMore<Author>>;
    bookmarks?: Maybe<OneOrMore<string>>;
    category?: Maybe<string>;
    classification?: Maybe<string>;
    creator?: Maybe<string>;
    facebook?: Maybe<Facebook>;
    formatDetection?: Maybe<FormatDetection>;
    generator?: Maybe<string>;
    icons?: Maybe<Address | Icon[] | Icons>;
    itunes?: Maybe<{ appId: string; appArgument?: string | undefined }>;
    keywords?: Maybe<OneOrMore<string>>;
    manifest?: Maybe<Address>;
    openGraph?: Maybe<OpenGraph>;
    other?: { [name: string]: Token } | undefined;
    pagination?: { next?: Maybe<Address>; previous?: Maybe<Address> };
    pinterest?: { richPin: string | boolean } | { richPin?: string | boolean } | null;
    publisher?: Maybe<string>;
    referrer?: Maybe<Referrer>;
    robots?: Maybe<string | Robots>;
    twitter?: Maybe<Twitter>;
    verification?: Verification | undefined;
    /** @deprecated It belongs to `viewport`. */
    colorScheme?: Maybe<ColorScheme>;
    /** @deprecated It belongs to `viewport`. */
    themeColor?: Maybe<string | OneOrMore<ThemeColor>>;
    /** @deprecated It has an export of its own. */
    viewport?: Maybe<string | ViewportLayout>;
    /** @deprecated Use `appleWebApp`. */
    'apple-touch-fullscreen'?: never | undefined;
    /** @deprecated Use `icons.apple`. */
    'apple-touch-icon-precomposed'?: never | undefined;
  }

  export type { Alternates, Icons, Languages, Metadata, OneOrMore, Robots, TemplateString, Verification, Viewport };
}

declare module 'next/dist/lib/metadata/types/route-types' {
  import type { Languages } from 'next/dist/lib/metadata/types/metadata-interface';

  type RobotsRule = {
    allow?: string | string[] | undefined;
    disallow?: string | string[] | undefined;
    crawlDelay?: number | undefined;
    other?: Record<string, string | number | (string | number)[]> | undefined;
  };

  type Robots = {
    rules:
      | (RobotsRule & { userAgent?: string | string[] | undefined })
      | (RobotsRule & { userAgent: string | string[] })[];
    host?: string | undefined;
    sitemap?: string | string[] | undefined;
  };

  type Restriction = { relationship: 'allow' | 'deny'; content: string };

  type Video = {
    title: string;
    description: string;
    thumbnail_loc: string;
    content_loc?: string | undefined;
    duration?: number | undefined;
    expiration_date?: Date | string | undefined;
    family_friendly?: 'no' | 'yes' | undefined;
    live?: 'no' | 'yes' | undefined;
    platform?: Restriction | undefined;
    player_loc?: string | undefined;
    publication_date?: Date | string | undefined;
    rating?: number | undefined;
    requires_subscription?: 'no' | 'yes' | undefined;
    restriction?: Restriction | undefined;
    tag?: string | undefined;
    uploader?: { content?: string | undefined; info?: string | undefined } | undefined;
    view_count?: number | undefined;
  };

  type Sitemap = {
    url: string;
    alternates?: { languages?: Languages<string> | undefined } | undefined;
    changeFrequency?: 'always' | 'daily' | 'hourly' | 'monthly' | 'never' | 'weekly' | 'yearly' | undefined;
    images?: string[] | undefined;
    lastModified?: Date | string | undefined;
    priority?: number | undefined;
    videos?: Video[] | undefined;
  }[];

  type ManifestIcon = {
    src: string;
    purpose?: 'any' | 'maskable' | 'monochrome' | undefined;
    sizes?: string | undefined;
    type?: string | undefined;
  };

  type Display = 'browser' | 'fullscreen' | 'minimal-ui' | 'standalone';

  type ClientMode = 'auto' | 'focus-existing' | 'navigate-existing' | 'navigate-new';

  type SharedFile = { name: string; accept: string | string[] };

  type Manifest = {
    background_color?: string | undefined;
    categories?: string[] | undefined;
    description?: string | undefined;
    dir?: 'auto' | 'ltr' | 'rtl' | undefined;
    display?: Display | undefined;
    display_override?: (Display | 'window-controls-overlay')[] | undefined;
    file_handlers?: { action: string; accept: { [type: string]: string[] } }[] | undefined;
    icons?: ManifestIcon[] | undefined;
    id?: string | undefined;
    lang?: string | undefined;
    launch_handler?: { client_mode: ClientMode | ClientMode[] } | undefined;
    name?: string | undefined;
    orientation?:
      | 'any'
      | 'landscape'
      | 'landscape-primary'
      | 'landscape-secondary'
      | 'natural'
      | 'portrait'
      | 'portrait-primary'
      | 'portrait-secondary'
      | undefined;
    prefer_related_applications?: boolean | undefined;
    protocol_handlers?: { protocol: string; url: string }[] | undefined;
    related_applications?: { platform: string; url: string; id?: string | undefined }[] | undefined;
    scope?: string | undefined;
    screenshots?:
      | {
          src: string;
          form_factor?: 'narrow' | 'wide' | undefined;
          label?: string | undefined;
          platform?:
            | 'android'
            | 'chrome_web_store'
            | 'chromeos'
            | 'ios'
            | 'ipados'
            | 'itunes'
            | 'kaios'
            | 'macos'
            | 'microsoft-inbox'
            | 'microsoft-store'
            | 'play'
            | 'windows'
            | 'xbox'
            | undefined;
          sizes?: string | undefined;
          type?: string | undefined;
        }[]
      | undefined;
    share_target?:
      | {
          action: string;
          enctype?: 'application/x-www-form-urlencoded' | 'multipart/form-data' | undefined;
          method?: 'GET' | 'POST' | 'get' | 'post' | undefined;
          params: {
            files?: SharedFile | SharedFile[] | undefined;
            text?: string | undefined;
            title?: string | undefined;
            url?: string | undefined;
          };
        }
      | undefined;
    short_name?: string | undefined;
    shortcuts?:
      | {
          name: string;
          url: string;
          description?: string | undefined;
          icons?: ManifestIcon[] | undefined;
          short_name?: string | undefined;
        }[]
      | undefined;
    start_url?: string | undefined;
    theme_color?: string | undefined;
  };

  export type { Manifest, Robots, Sitemap };
}
