import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { Problem, PROBLEMS, type ProblemCode } from '../../../lib/contract/problem.ts';
import { renderLocations, renderPending, renderProblem } from '../../../lib/contract/render.ts';
import { renderAllocation } from '../../../lib/contract/renderAllocation.ts';
import { allocationRequestSchema } from '../../../lib/contract/schemas/allocationRequest.ts';
import { allocationSchema, pendingSchema } from '../../../lib/contract/schemas/allocation.ts';
import { locationsSchema } from '../../../lib/contract/schemas/locations.ts';
import { problemSchema } from '../../../lib/contract/schemas/problem.ts';
import type { FleetHost } from '../../../lib/fleets/fleet.ts';

const ajv = new Ajv2020({ validateFormats: false });
const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const host: FleetHost = {
  hostName: 'abc.cloudapp.net',
  ports: [
    { name: 'game', port: 10_103, protocol: 'UDP' },
    { name: 'chat', port: 10_104 },
  ],
  region: 'WestUS',
  secureContext: 'c2VjcmV0',
};

describe('renderAllocation', () => {
  it('writes the members in a fixed order, and the region as it is offered', () => {
    expect(renderAllocation(SESSION, host, [{ name: 'North Europe' }, { name: 'West US' }])).toBe(
      `{"sessionId":"${SESSION}","status":"allocated","hostName":"abc.cloudapp.net","ports":[{"name":"game","port":10103,"protocol":"UDP"},{"name":"chat","port":10104}],"region":"West US","secureContext":"c2VjcmV0"}`,
    );
  });

  it('tells a region that is not offered as the fleet does, and leaves out what there is none of', () => {
    expect(
      renderAllocation(SESSION, { hostName: 'h', ports: [], region: 'MarsNorth' }, [{ name: 'West US' }]),
    ).toBe(`{"sessionId":"${SESSION}","status":"allocated","hostName":"h","ports":[],"region":"MarsNorth"}`);
  });

  it('lets nothing else out, whatever a driver adds', () => {
    const allowed = new Set(['sessionId', 'status', 'hostName', 'ports', 'region', 'secureContext']);
    const allowedInPorts = new Set(['name', 'port', 'protocol']);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (extra) => {
        const leaky = {
          ...extra,
          token: 'leak',
          ...host,
          ports: [{ ...extra, internal: 1, name: 'game', port: 1, protocol: 'UDP' }],
        };
        const sent = JSON.parse(renderAllocation(SESSION, leaky, [])) as { ports: object[] };
        expect(Object.keys(sent).filter((name) => !allowed.has(name))).toEqual([]);
        expect(Object.keys(sent.ports[0] ?? {}).filter((name) => !allowedInPorts.has(name))).toEqual([]);
      }),
    );
  });
});

describe('renderProblem', () => {
  it('writes headers and body', () => {
    const problem = new Problem('no-capacity', 'No server is free.', {
      retryAfterSeconds: 5,
      cause: new Error('upstream text'),
    });
    expect(renderProblem(problem, 'invocation-1')).toEqual({
      status: 503,
      headers: {
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Content-Type': 'application/problem+json',
        'Retry-After': '5',
      },
      body: '{"type":"urn:allocation-broker:problem:no-capacity","title":"No server is free","status":503,"detail":"No server is free.","code":"no-capacity","retryable":true,"retryAfterSeconds":5,"instance":"invocation-1"}',
    });
  });

  it('lists the mistakes, and says nothing of a time to wait when there is none', () => {
    const errors = [{ pointer: '/gameMode', message: 'expected one of duel' }];
    const { headers, body } = renderProblem(new Problem('invalid-request', 'No.', { errors }), 'i');
    expect(Object.keys(headers)).not.toContain('Retry-After');
    expect(JSON.parse(body)).toEqual({
      type: 'urn:allocation-broker:problem:invalid-request',
      title: 'The request is not valid',
      status: 400,
      detail: 'No.',
      code: 'invalid-request',
      retryable: false,
      instance: 'i',
      errors,
    });
  });

  it.each(Object.keys(PROBLEMS) as ProblemCode[])('%s is of the published schema', (code) => {
    const { body } = renderProblem(new Problem(code, 'detail', { retryAfterSeconds: 1 }), 'i');
    expect(ajv.validate(problemSchema, JSON.parse(body))).toBe(true);
  });
});

describe('the other bodies', () => {
  it('writes the pending body', () => {
    expect(renderPending(SESSION, 2)).toBe(
      `{"sessionId":"${SESSION}","status":"pending","retryAfterSeconds":2}`,
    );
  });

  it('writes the locations without what is not for clients', () => {
    const qos = { protocol: 'udp', host: 'qos.example.com', port: 3075, secret: 'x' };
    const locations = [
      { name: 'West US', penaltyMs: 10, qos },
      { name: 'North Europe', penaltyMs: 0 },
    ];
    const body = renderLocations(locations);
    expect(body).toBe(
      '{"locations":[{"name":"West US","qos":{"protocol":"udp","host":"qos.example.com","port":3075}},{"name":"North Europe"}]}',
    );
    expect(ajv.validate(locationsSchema, JSON.parse(body))).toBe(true);
  });

  it('is of the published schemas', () => {
    expect(ajv.validate(pendingSchema, JSON.parse(renderPending(SESSION, 2)))).toBe(true);
    expect(ajv.validate(allocationSchema, JSON.parse(renderAllocation(SESSION, host, [])))).toBe(true);
  });
});

describe('the published schemas', () => {
  it.each([allocationRequestSchema, allocationSchema, locationsSchema, pendingSchema, problemSchema])(
    '$title has a description, and examples that are valid',
    (schema) => {
      expect(schema.description).toMatch(/\.$/);
      for (const example of schema.examples) expect(ajv.validate(schema, example)).toBe(true);
    },
  );
});
