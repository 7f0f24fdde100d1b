/**
 * `openGraph` and `twitter` of `Metadata`: what other sites show of a shared page.
 */

declare module 'next/dist/lib/metadata/types/sharing-types' {
  import type { OneOrMore, TemplateString } from 'next/dist/lib/metadata/types/metadata-interface';

  type Address = string | URL;
  type Maybe<Value> = Value | null | undefined;

  type Media = { url: Address; secureUrl?: Address | undefined; type?: string | undefined };
  type Size = { height?: number | string | undefined; width?: number | string | undefined };
  type Image = { alt?: string | undefined } & Media & Size;
  type Track = { url: Address; disc?: number | undefined; track?: number | undefined };
  type Actor = { url: Address; role?: string | undefined };

  type OpenGraphBase = {
    title?: string | TemplateString | undefined;
    description?: string | undefined;
    determiner?: '' | 'a' | 'an' | 'auto' | 'the' | undefined;
    siteName?: string | undefined;
    url?: Maybe<Address>;
    locale?: string | undefined;
    alternateLocale?: OneOrMore<string> | undefined;
    countryName?: string | undefined;
    emails?: OneOrMore<string> | undefined;
    faxNumbers?: OneOrMore<string> | undefined;
    phoneNumbers?: OneOrMore<string> | undefined;
    images?: OneOrMore<Address | Image> | undefined;
    videos?: OneOrMore<Address | (Media & Size)> | undefined;
    audio?: OneOrMore<Address | Media> | undefined;
    ttl?: number | undefined;
  };

  type Film = {
    actors?: Maybe<Address | Actor | (Address | Actor)[]>;
    directors?: Maybe<Address | Address[]>;
    duration?: Maybe<number>;
    releaseDate?: Maybe<string>;
    tags?: Maybe<string | string[]>;
    writers?: Maybe<Address | Address[]>;
  };

  type OpenGraph =
    | OpenGraphBase
    | (OpenGraphBase & { type: 'video.other' | 'video.tv_show' | 'website' })
    | (OpenGraphBase & {
        type: 'article';
        authors?: Maybe<Address | Address[]>;
        expirationTime?: string | undefined;
        modifiedTime?: string | undefined;
        publishedTime?: string | undefined;
        section?: Maybe<string>;
        tags?: Maybe<string | string[]>;
      })
    | (OpenGraphBase & {
        type: 'book';
        authors?: Maybe<Address | Address[]>;
        isbn?: Maybe<string>;
        releaseDate?: Maybe<string>;
        tags?: Maybe<string | string[]>;
      })
    | (OpenGraphBase & {
        type: 'profile';
        firstName?: Maybe<string>;
        gender?: Maybe<string>;
        lastName?: Maybe<string>;
        username?: Maybe<string>;
      })
    | (OpenGraphBase & {
        type: 'music.song';
        albums?: Maybe<Address | Track | (Address | Track)[]>;
        duration?: Maybe<number>;
        musicians?: Maybe<Address | Address[]>;
      })
    | (OpenGraphBase & {
        type: 'music.album';
        musicians?: Maybe<Address | Address[]>;
        releaseDate?: Maybe<string>;
        songs?: Maybe<Address | Track | (Address | Track)[]>;
      })
    | (OpenGraphBase & {
        type: 'music.playlist';
        creators?: Maybe<Address | Address[]>;
        songs?: Maybe<Address | Track | (Address | Track)[]>;
      })
    | (OpenGraphBase & { type: 'music.radio_station'; creators?: Maybe<Address | Address[]> })
    | (OpenGraphBase & Film & { type: 'video.movie' })
    | (OpenGraphBase & Film & { type: 'video.episode'; series?: Maybe<Address> });

  type TwitterBase = {
    title?: string | TemplateString | undefined;
    description?: Maybe<string>;
    creator?: Maybe<string>;
    creatorId?: Maybe<string>;
    images?: OneOrMore<Address | Image> | undefined;
    site?: Maybe<string>;
    siteId?: Maybe<string>;
  };

  type Player = { playerUrl: Address; streamUrl: Address; height: number; width: number };

  type Twitter =
    | TwitterBase
    | (TwitterBase & { card: 'summary' | 'summary_large_image' })
    | (TwitterBase & { card: 'player'; players: Player | Player[] })
    | (TwitterBase & {
        card: 'app';
        app: {
          id: {
            googleplay?: string | undefined;
            ipad?: number | string | undefined;
            iphone?: number | string | undefined;
          };
          name?: string | undefined;
          url?:
            | { googleplay?: Address | undefined; ipad?: Address | undefined; iphone?: Address | undefined }
            | undefined;
        };
      });

  export type { OpenGraph, Twitter };
}
