// Values of `next.tags`.
import { at, FC, twice } from '../lib/probe.js';

export const tags = {
  'tags-count128': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: Array.from({ length: 128 }, (_, i) => "t" + i) } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: Array.from({ length: 128 }, (_, i) => "t" + i) } }))
    ];
  },
  'tags-count129': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: Array.from({ length: 129 }, (_, i) => "t" + i) } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: Array.from({ length: 129 }, (_, i) => "t" + i) } }))
    ];
  },
  'tags-count131': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: Array.from({ length: 131 }, (_, i) => "t" + i) } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: Array.from({ length: 131 }, (_, i) => "t" + i) } }))
    ];
  },
  'tags-len256': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: ["x".repeat(256)] } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: ["x".repeat(256)] } }))
    ];
  },
  'tags-mixed': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: ["ok", 5, null, undefined, {},
      [], true, "", "x".repeat(257)] } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: ["ok", 5, null, undefined, {},
      [], true, "", "x".repeat(257)] } }))
    ];
  },
  'tags-dup': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: ["a", "a", "a"] } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: ["a", "a", "a"] } }))
    ];
  },
  'tags-empty': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: [] } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: [] } }))
    ];
  },
  'tags-emptystr': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: [""] } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: [""] } }))
    ];
  },
  'tags-unicode': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: ["ü", "日本", "a b", "a,b", "a\nb"] } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: ["ü", "日本", "a b", "a,b", "a\nb"] } }))
    ];
  },
  'tags-string': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: "abc" } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: "abc" } }))
    ];
  },
  'tags-object': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: ({}) } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: ({}) } }))
    ];
  },
  'tags-nulls': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: null } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: null } }))
    ];
  },
  'tags-number': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: 5 } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: 5 } }))
    ];
  },
  'tags-set': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ ...FC, next: { tags: new Set(["a"]) } })),
      ...await twice(() => at('v', K + '-r'),
      () => ({ next: { revalidate: 60, tags: new Set(["a"]) } }))
    ];
  },
};
