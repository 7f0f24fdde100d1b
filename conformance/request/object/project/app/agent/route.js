import { userAgent } from 'next/server';

export const GET = (request) => Response.json(userAgent(request));
