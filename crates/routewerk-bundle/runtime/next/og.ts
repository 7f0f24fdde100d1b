/**
 * `next/og`. Images are not rendered yet; whoever tries gets told, and modules that only import it work.
 */
import { LightResponse } from '../web/response.ts';

export class ImageResponse extends LightResponse {
  constructor() {
    super(null);
    throw new Error('`ImageResponse` of `next/og` is not supported yet; see COMPATIBILITY.md');
  }
}
