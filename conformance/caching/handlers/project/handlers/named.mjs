import keeping from './keeping.cjs';

export const { get, set, refreshTags, getExpiration, updateTags } = keeping.keeping('named');
