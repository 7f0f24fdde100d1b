const data = await import('../../lib/data.json');
const later = await Promise.resolve('later');

export const GET = () => Response.json({ later, list: data.list });
