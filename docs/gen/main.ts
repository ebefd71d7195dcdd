import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DETECTORS} from '../../engine/detect/catalogue.ts';
import {detectorsDocument} from './detectors-document.ts';

writeFileSync(join(import.meta.dirname, '../detectors.md'), detectorsDocument(DETECTORS));
