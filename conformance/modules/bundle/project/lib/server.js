import 'server-only';

export const secret = 'only on the server';
