import { redirect } from 'next/navigation';

export const dynamic = 'force-static';
export const GET = (): never => redirect('/fixed');
