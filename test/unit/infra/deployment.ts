import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMPILED } from '../../../scripts/bicep-sources.ts';

/** A resource as it would be deployed; what is only known in Azure is left as an expression in brackets. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly kind?: string;
  readonly sku?: unknown;
  readonly tags?: Record<string, string>;
  readonly properties?: Record<string, unknown>;
}

/** An ARM template, as far as the checks read it. */
export interface Template {
  readonly definitions?: Record<string, Schema>;
  readonly parameters?: Record<string, Schema>;
  readonly variables?: Record<string, unknown>;
  readonly resources: Record<string, { readonly properties?: { readonly template?: Template } }>;
  readonly outputs?: Record<string, { readonly type?: string; readonly value?: unknown }>;
}

/** A parameter's or a type's constraints. */
export interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly allowedValues?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly defaultValue?: unknown;
  readonly metadata?: { readonly description?: string };
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

/** What the checks look at: the template, and what it deploys with one set of parameters. */
export interface Deployment {
  readonly template: Template;
  readonly resources: Resource[];
}

export interface AppSetting {
  name: string;
  value: string;
}

/** The parameter files that are compiled: those of `infra/` and those of `variants/`. */
export const VARIANTS = [
  'default',
  'static-token',
  'anonymous',
  'playfab',
  'vault-first',
  'both-fleets',
  'overflow',
  'private',
  'first-region',
  'second-region',
  'own-domain',
] as const;

export type Variant = (typeof VARIANTS)[number];

function compiled(file: string): unknown {
  return JSON.parse(readFileSync(join(COMPILED, file), 'utf8'));
}

/** The compiled template with the resources of one parameter file. A fresh copy each time, free to be broken. */
export function deployment(variant: Variant): Deployment {
  const { predictedResources } = compiled(`${variant}.resources.json`) as { predictedResources: Resource[] };
  return { template: compiled('main.json') as Template, resources: predictedResources };
}

export function ofType({ resources }: Deployment, type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}

/** The one resource of a type. */
export function single(from: Deployment, type: string): Resource {
  const [resource, ...more] = ofType(from, type);
  if (resource === undefined || more.length > 0) throw new Error(`Expected one ${type}.`);
  return resource;
}

/** A property by its path, or undefined where the path ends early. */
export function at(resource: Resource, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      resource.properties,
    );
}

export function appSettings(from: Deployment): AppSetting[] {
  return at(single(from, 'Microsoft.Web/sites'), 'siteConfig.appSettings') as AppSetting[];
}

/** The template and every template nested in it. */
export function templates(template: Template): Template[] {
  const nested = Object.values(template.resources).flatMap(({ properties }) => properties?.template ?? []);
  return [template, ...nested.flatMap(templates)];
}
