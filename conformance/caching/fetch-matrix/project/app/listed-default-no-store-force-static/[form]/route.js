import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'default-no-store';
export const dynamic = 'force-static';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-default-no-store-force-static', context);
