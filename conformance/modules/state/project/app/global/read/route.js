export const GET = () => Response.json(globalThis.kept ?? 'nothing');
