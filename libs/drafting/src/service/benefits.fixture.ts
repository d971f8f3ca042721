/** The document of a service that nobody here designed: one look-up of many persons, one of a single one, and much beside. */
export const benefitsDocument = `openapi: 3.0.3
info: { title: Benefits, version: "2" }
servers: [{ url: "https://benefits.example/api" }]
security: [{ key: [] }]
paths:
  /health: { get: { responses: { "200": { description: up } } } }
  /v1/beneficiaries/search:
    post:
      summary: Beneficiaries by their national numbers
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Search" } } } }
      responses:
        "200": { description: found, content: { application/json: { schema: { $ref: "#/components/schemas/Found" } } } }
  /v1/beneficiaries/{nationalId}:
    get:
      parameters: [{ $ref: "#/components/parameters/nationalId" }]
      responses:
        "200": { description: one, content: { application/json: { schema: { $ref: "#/components/schemas/Beneficiary" } } } }
        "404": { description: nobody }
  /v1/beneficiaries/{nationalId}/payments:
    parameters: [{ $ref: "#/components/parameters/nationalId" }]
    get:
      responses:
        "200":
          description: theirs
          content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Payment" } } } }
        "404": { description: nobody }
  /v1/offices:
    get:
      responses:
        "200":
          description: offices
          content: { application/json: { schema: { type: array, items: { $ref: "https://elsewhere.example/office.json" } } } }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Api-Key } }
  parameters: { nationalId: { name: nationalId, in: path, required: true, schema: { type: string } } }
  schemas:
    Search:
      type: object
      required: [nationalIds]
      properties:
        nationalIds: { type: array, maxItems: 500, items: { type: string } }
        fields: { type: array, items: { type: string } }
        cursor: { type: string }
    Found:
      type: object
      properties:
        items: { type: array, items: { $ref: "#/components/schemas/Beneficiary" } }
        nextCursor: { type: string, nullable: true }
    Named: { type: object, properties: { givenName: { type: string }, familyName: { type: string } } }
    Beneficiary:
      allOf:
        - $ref: "#/components/schemas/Named"
        - type: object
          required: [nationalId]
          properties:
            nationalId: { type: string, pattern: '^[0-9]{10}$' }
            birthDate: { type: string, format: date }
            sex: { type: string, enum: [male, female] }
            disabled: { type: boolean }
            monthlyAmount: { type: number }
            home: { type: object, properties: { district: { type: string }, geo: { type: object, properties: { latitude: { type: number } } } } }
            photo: { type: string, format: byte }
            remarks: { type: string, maxLength: 2000 }
            head: { $ref: "#/components/schemas/Beneficiary" }
            lastModified: { type: string, format: date-time }
    Payment:
      type: object
      properties:
        paymentNo: { type: string }
        paidOn: { type: string, format: date }
        amount: { type: number }
        channel: { type: string, enum: [bank, cash, mobile money] }
`;
